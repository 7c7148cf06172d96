"""Notes that only the team sees: lines of a conversation's thread, with members who are mentioned and told."""
