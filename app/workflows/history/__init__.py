"""The history of workflows in words, as a file, on friends' timelines and in conditions."""
