"""CloudFormation's template language, pure: texts become templates, templates become values.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""
