"""The web server's own part: requests wait for their clients outside of the threads, and kinds of request inside."""
