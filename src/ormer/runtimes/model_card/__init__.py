"""The program that makes a PDF of a model card.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards-export.html
"""
