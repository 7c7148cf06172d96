"""What segments add to the list of friends: two kinds of filter, and a way from a filter to a segment."""
