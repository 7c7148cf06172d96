"""Send one message set to one friend, group or room, and keep what became of it."""
