"""What happens to conversations by themselves: release, closed-hours replies, alerts, and LINE's read mark."""
