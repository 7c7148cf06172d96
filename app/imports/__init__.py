"""Bringing in what existed before: the friends that an account had before it was connected.

Its words: import, candidate (a follower's id that LINE listed and whose profile is still to be fetched).
"""
