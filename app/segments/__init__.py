"""Segments: saved sets of conditions that say which friends of an account are meant.

Its words: segment, folder, filter condition group, condition, property, operator. `conditions` is the one condition
language of Tomoru; workflow branches speak it too. Segments look only at what is stored on friends.
"""
