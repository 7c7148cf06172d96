"""What may be done with friends: the rules, one verb a function."""
