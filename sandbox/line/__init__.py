"""The LINE platform's Messaging API: its wire, its people and its habits."""
