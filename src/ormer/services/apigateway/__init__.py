"""API Gateway: REST APIs before endpoints and functions."""
