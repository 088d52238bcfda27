"""The monitors engine: monitoring schedules fire, and their runs become processing jobs."""
