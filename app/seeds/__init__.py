"""The demo: an invented workspace with two shops and their friends, told through operations where there are some."""
