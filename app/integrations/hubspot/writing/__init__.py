"""Write to HubSpot what is due: what Tomoru knows of friends, and mapped fields that changed here last."""
