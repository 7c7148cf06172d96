"""The condition language: groups are OR-ed, conditions in a group AND-ed; a condition is property, operator, values.

`properties` is the registry, `kinds` holds what is registered here, `definition` turns stored or posted JSON into nodes
or complaints, `compiler` makes the nodes one SELECT, `sentences` puts them into words.
"""
