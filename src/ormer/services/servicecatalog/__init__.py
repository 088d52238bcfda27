"""Service Catalog: the project templates as products."""
