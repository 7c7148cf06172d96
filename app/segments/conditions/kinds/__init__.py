"""Built-in kinds of property, one file each; importing them registers them."""
