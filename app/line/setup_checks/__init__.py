"""Set-up checks: what LINE says about an account, judged by rules and shown with the next click."""
