"""The lowest layer: tools for every package, which know nothing of LINE, friends or members."""
