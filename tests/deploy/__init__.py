"""The examples in `deploy/` are what their programs accept, and know the program's own addresses."""
