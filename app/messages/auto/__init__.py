"""Auto Send Messages: message sets with a name, which workflows and other callers send; and the folders they are in."""
