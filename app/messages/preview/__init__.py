"""Drawing LINE's JSON as it looks in a chat on a phone; knows nothing of drafts and owners."""
