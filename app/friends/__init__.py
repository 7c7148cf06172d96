"""Friends: a person on an official account, with tags, attributes and what happened with them.

Its words: friend, tag, attribute, activity. Upper layers store facts here; segments read only these.
"""
