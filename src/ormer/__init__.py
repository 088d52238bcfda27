"""The SageMaker MLOps system on your own machine."""

__version__ = "0.1.0.dev0"
