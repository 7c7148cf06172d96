"""Flex messages to start from, in the member's language.

They hold no pictures, so that LINE takes each as it is; coloured boxes show where one could stand.
"""
