"""Tracking servers by HTTP: MLflow's clients by signature, browsers by a presigned URL's cookie."""
