"""What every answer to a browser carries: error pages, security headers, request ids, health."""
