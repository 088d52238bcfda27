"""The image factorization-machines: linear models with pairs of features.

https://docs.aws.amazon.com/sagemaker/latest/dg/fact-machines.html
"""
