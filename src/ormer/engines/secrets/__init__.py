"""Secrets and parameters in time: what is over goes, what is due is rotated."""
