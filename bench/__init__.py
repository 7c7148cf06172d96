"""Benchmarks: each measures ours beside a reference in one run. Ratios matter; single times are noise."""
