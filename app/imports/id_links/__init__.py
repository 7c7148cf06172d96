"""ID links from a file: which LINE user is who in the business's own systems.

A file is received to disk, put into the database in pieces, checked, compared with what is stored, and applied in one
transaction. Its words: user ID (the person's ID in the other system), fault (a line that cannot be used, and why).
"""
