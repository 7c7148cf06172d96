"""What a message says: typed content as it is stored, and the way from there to the JSON that LINE gets.

`definition` reads stored or posted JSON into the message types of `kinds`. `personal_text` is text with places for
personal values. `compiler` makes a message set a template that is filled per recipient. `checks` says what LINE or a
reader would not take, at the field it speaks of.
"""
