"""Messages: their content, and later how they are tracked, kept as conversations and sent."""
