"""The image randomcutforest: how unlike the others a row is.

https://docs.aws.amazon.com/sagemaker/latest/dg/randomcutforest.html
"""
