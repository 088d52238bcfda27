"""SageMaker pipelines of this repository, and the commands that run them."""
