"""What all integrations share: connected accounts of services, links, mappings, lists, and what waits to be sent."""
