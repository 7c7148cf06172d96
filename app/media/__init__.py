"""Uploaded files: received as a stream, checked by their bytes, stored on disk or in S3, and served in wanted sizes."""
