"""Friends: a person on an official account, with tags, attributes and what happened with them.

Its words: friend, tag, attribute, activity. Upper floors write facts down here; segments read only these.
"""
