"""The program that runs a Lambda function once, as Lambda's own runtime for Python does.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
"""
