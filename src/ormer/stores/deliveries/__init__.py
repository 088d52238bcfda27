"""Delivery pipelines: their declarations by version, their executions, and every run of an action."""
