"""Data: project templates and the demo. Nothing here is imported by the server."""
