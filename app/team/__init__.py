"""Members: who is acting and what they may do; sign-in, invitations, permissions, workspace settings, audit log.

Its words: member, permission, audit entry.
"""
