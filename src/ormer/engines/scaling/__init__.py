"""Scaling: gives endpoints' variants the capacity that their policies and schedules ask for."""
