"""LINE group chats as companies of HubSpot, where that is switched on."""
