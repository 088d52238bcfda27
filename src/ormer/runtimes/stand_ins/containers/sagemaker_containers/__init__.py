"""Stands in for sagemaker-containers: what inference and training programs import from it."""
