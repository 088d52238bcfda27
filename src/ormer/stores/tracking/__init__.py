"""Tracking servers: what their two kinds share, and who looks at them through a browser."""
