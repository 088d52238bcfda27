"""CloudFormation: stacks of resources from templates. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/Welcome.html"""
