"""Timed ratios: against the transform floor of the same framework, and against the peer."""
