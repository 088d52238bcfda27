"""What SageMaker's first algorithms have in common: tables of vectors in, hyperparameters, and answers of one form.

https://docs.aws.amazon.com/sagemaker/latest/dg/algos.html
"""
