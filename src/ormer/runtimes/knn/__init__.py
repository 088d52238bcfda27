"""The image knn: the nearest of the rows that were seen.

https://docs.aws.amazon.com/sagemaker/latest/dg/k-nearest-neighbors.html
"""
