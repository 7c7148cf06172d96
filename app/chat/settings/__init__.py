"""How the conversations of an account behave, as a section of its settings."""
