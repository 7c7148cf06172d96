"""PostgreSQL and Redis from Python wheels, so that a local run needs nothing installed.

They listen on unix sockets in a private directory and nowhere else; `servers.start` is the entry point.
"""
