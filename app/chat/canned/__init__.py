"""Canned replies: messages with a name and a shortcut that members put into their answers, and their folders."""
