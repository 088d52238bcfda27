"""The image lda: topics of documents.

https://docs.aws.amazon.com/sagemaker/latest/dg/lda.html
"""
