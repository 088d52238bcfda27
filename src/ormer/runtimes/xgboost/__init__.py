"""The XGBoost images: the built-in algorithm and script mode, each tag with its own habits.

https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html
"""
