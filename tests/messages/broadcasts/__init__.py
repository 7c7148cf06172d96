"""Tests of message broadcasts."""
