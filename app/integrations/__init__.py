"""Integrations: friends' data kept in step with other services, over modules that all services share."""
