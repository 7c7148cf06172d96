"""What is done with incoming webhooks: members make and renew addresses, other programs call them."""
