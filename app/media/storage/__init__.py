"""Where the bytes of uploaded files lie: this machine's disk, or an S3-compatible service."""
