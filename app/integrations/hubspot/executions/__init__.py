"""The action "Send LINE message" of HubSpot's workflows: what HubSpot is told of it, and what happens when it runs."""
