"""What a message says: typed content as it is stored, and the way from there to the JSON that LINE gets.

`message_set` reads and writes stored content, whose message types are in `kinds`, and builds it. `personal_text` is
text with places for personal values, `personal_values` says which there are. `compiled` is a message set made ready to
be filled per recipient. `proof` says what LINE or a reader would not take, at the field it speaks of.
"""
