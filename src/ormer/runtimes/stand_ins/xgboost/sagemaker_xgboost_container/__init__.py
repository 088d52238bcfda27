"""Stands in for sagemaker-xgboost-container: what script mode programs import from it."""
