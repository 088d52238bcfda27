"""The image pca: principal components.

https://docs.aws.amazon.com/sagemaker/latest/dg/pca.html
"""
