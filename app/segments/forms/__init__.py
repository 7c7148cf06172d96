"""Forms of segments: conditions as they are typed, and what their templates receive."""
