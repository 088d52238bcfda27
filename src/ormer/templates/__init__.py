"""Data: project templates and the repositories that projects begin with. Nothing here is imported by the server."""
