"""Writes of broadcasts: drafts, confirming, and what people do while one is sent."""
