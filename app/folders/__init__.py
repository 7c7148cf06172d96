"""Folders in which members keep things of an account: segments, Auto Send Messages, Message Items."""
