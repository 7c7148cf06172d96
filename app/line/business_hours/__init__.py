"""Business hours of an account: a weekly table and holidays by date, on the clocks of the workspace's time zone."""
