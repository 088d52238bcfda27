"""The image kmeans: clusters of vectors.

https://docs.aws.amazon.com/sagemaker/latest/dg/k-means.html
"""
