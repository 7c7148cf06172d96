"""The kinds of messages. Each is a dataclass of what is stored, and builds the JSON that LINE gets."""
