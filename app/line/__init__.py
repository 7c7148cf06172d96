"""LINE Official Accounts: connection, the only gateway to LINE, and the webhook intake.

Its words: account, gateway, webhook event. It has no idea of friends: it announces what LINE said.
"""
