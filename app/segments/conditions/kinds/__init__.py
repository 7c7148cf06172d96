"""Kinds of property that are there from the beginning, one file each; importing them registers them."""
