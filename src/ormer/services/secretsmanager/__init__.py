"""AWS Secrets Manager: secrets with versions that are staged."""
