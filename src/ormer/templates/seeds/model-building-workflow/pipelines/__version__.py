"""What this package is called, for whoever packs it."""

__title__ = "model-building-workflow"
__version__ = "1.0.0"
__description__ = "A SageMaker pipeline that predicts the age of abalones, from data to a registered model"
__author__ = "The owners of this project"
__url__ = "https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects.html"
__license__ = "Apache-2.0"
