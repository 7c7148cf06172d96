"""HubSpot: contacts, companies and lists come in, what is known from LINE goes out."""
