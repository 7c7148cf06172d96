"""Tracked links and images: short addresses of ours in place of what a message names, and what their fetches tell.

`places` finds the links of a message set, `operations.sends` stores them for one send, `fetches` answers a fetch and
stores it, and `operations.judging` says later what of it counts. `operations.units`
keeps what LINE itself tells of sends under a name.
"""
