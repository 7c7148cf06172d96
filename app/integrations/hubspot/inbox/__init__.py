"""LINE conversations in HubSpot's inbox: a custom channel of the app, connected to one inbox for each LINE account."""
