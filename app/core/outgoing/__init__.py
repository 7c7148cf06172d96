"""Requests to addresses that members enter: public hosts only, with short time limits and bounded answers."""
