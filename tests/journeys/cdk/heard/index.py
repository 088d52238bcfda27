"""Writes the ARN of an approved version into the bucket that the stack gave it."""

import os

import boto3


def handler(event, context):
    arn = event["detail"]["ModelPackageArn"]
    boto3.client("s3").put_object(Bucket=os.environ["BUCKET"], Key="approved", Body=arn.encode())
    return arn
