"""The guide of the console: pages of docs/guide, shown and searched in the reader's language."""
