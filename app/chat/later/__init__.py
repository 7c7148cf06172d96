"""Answers that go out later: planned by a member, and sent once when their time has come."""
