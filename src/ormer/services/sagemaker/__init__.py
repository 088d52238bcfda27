"""Amazon SageMaker's operations, one file per noun."""
