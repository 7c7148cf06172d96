"""Run a workflow over stored events in simulated time, for a few hundred friends at once."""
