"""API Gateway version 2: HTTP APIs."""
