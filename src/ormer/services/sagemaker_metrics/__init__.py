"""Amazon SageMaker Metrics: the curves of runs."""
