"""Joins what an endpoint or a batch transform answered with the ground truth that came later.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-merge.html
"""
