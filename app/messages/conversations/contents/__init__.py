"""Pictures, videos, voice messages and files that people sent: fetched from LINE at once, and kept for members."""
