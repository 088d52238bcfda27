"""Alarms at rest: which series they look at, how they change state, and what became of them."""
