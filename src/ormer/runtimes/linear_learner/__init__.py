"""The image linear-learner: linear classifiers and regressors, trained and served.

https://docs.aws.amazon.com/sagemaker/latest/dg/linear-learner.html
"""
