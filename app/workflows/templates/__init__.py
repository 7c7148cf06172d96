"""What a new workflow may begin with: our templates, those of the team, and files."""
