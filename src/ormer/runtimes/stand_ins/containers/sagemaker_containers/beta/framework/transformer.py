"""Imported by programs that took over an example; its functions belong to the image itself."""
