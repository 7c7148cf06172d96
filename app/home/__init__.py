"""The first page after sign-in: it sums up what the packages below know."""
