"""The webhook's way in: know the address, check the signature, store every event once, answer. Nothing else waits."""
