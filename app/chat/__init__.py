"""Conversations as the team sees them: the list, the thread, who answers, and what each member keeps of them."""
