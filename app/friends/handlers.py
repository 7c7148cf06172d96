"""What friends do when LINE says something."""
