"""Tracking servers: MLflow's own, one sandboxed process for each of SageMaker's MLflow tracking servers and apps."""
