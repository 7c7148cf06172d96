"""Built-in sources of personal values, one file each; importing them registers them."""
