"""The condition language: groups are OR-ed, conditions in a group AND-ed; a condition is property, operator, values.

A group may leave friends out instead: who fits one of those does not fit at all. A condition may name several values,
of which one is enough.

`properties` is the registry, `kinds` holds what is registered here, `definition` turns stored or posted JSON into nodes
or complaints, `compiler` makes the nodes one SELECT, `sentences` puts them into words.
"""
