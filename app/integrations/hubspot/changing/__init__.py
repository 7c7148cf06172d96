"""Make the changes of contacts that steps of workflows ask for, beside mapped fields, which are written with links."""
