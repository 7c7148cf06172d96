"""Named message sets that members keep in lists: what Auto Send Messages and Message Items share."""
