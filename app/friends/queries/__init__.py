"""What may be asked about friends."""
