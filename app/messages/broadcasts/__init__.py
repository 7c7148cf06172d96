"""Message broadcasts: one message set to many friends, each of them once, and a ledger that proves it.

A confirmed broadcast waits for its time as a due row (`schedule`). Then a run freezes its audience, one row a person,
in the transaction that sets Sending (`freezing`), and sends it chunk by chunk (`delivery`). Each chunk has a retry key
that is stored before LINE is called, so that whatever is repeated reaches a person once.
"""
