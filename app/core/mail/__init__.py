"""E-mail: written as a row first, delivered over SMTP by a worker; without SMTP it waits in the outbox page."""
