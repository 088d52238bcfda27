"""Data sets that ship with ormer; ATTRIBUTION.md names their sources."""
