"""Properties of segments that ask what friends know of broadcasts; importing the modules registers them."""
