"""Batch transform: every record of every input object through the model, in order, one output object per input.

https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
"""
