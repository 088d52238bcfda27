"""The public part of sagemaker-containers."""
