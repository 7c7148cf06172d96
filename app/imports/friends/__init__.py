"""The import of existing friends: list followers, fetch their profiles, store them as friends."""
