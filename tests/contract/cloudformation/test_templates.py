"""Templates validated, summarised, taken from S3, and AWS's own public one planned."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

SMALL = """
Description: small
Parameters:
  Size: {Type: String, AllowedValues: [s, m], Default: s, Description: how large}
  Secret: {Type: String, NoEcho: true}
Metadata: {a: b}
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: mine
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Principal: {Service: sagemaker.amazonaws.com}, Action: sts:AssumeRole}]
"""


def test_a_template_is_validated(cloudformation):
    answer = cloudformation.validate_template(TemplateBody=SMALL)
    assert answer["Description"] == "small"
    assert answer["Parameters"] == [
        {"ParameterKey": "Size", "DefaultValue": "s", "NoEcho": False, "Description": "how large"},
        {"ParameterKey": "Secret", "NoEcho": True},
    ]
    assert answer["Capabilities"] == ["CAPABILITY_NAMED_IAM"]
    assert answer["CapabilitiesReason"] == "The following resource(s) require capabilities: [AWS::IAM::Role]"


def test_a_template_is_summarised(cloudformation):
    answer = cloudformation.get_template_summary(TemplateBody=SMALL)
    assert answer["ResourceTypes"] == ["AWS::S3::Bucket", "AWS::IAM::Role"]
    assert answer["Parameters"][0]["ParameterConstraints"] == {"AllowedValues": ["s", "m"]}
    assert json.loads(answer["Metadata"]) == {"a": "b"} and answer["Version"] == "2010-09-09"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("Resources: {A: {Type: AWS::Foo::Bar}}", r"Unrecognized resource types: \[AWS::Foo::Bar\]$"),
        ("Resources: {A: {Type: AWS::EC2::Instance}}", "ormer does not make these yet: AWS::EC2::Instance"),
        ("Resources: [", "YAML not well-formed"),
        ("{", "JSON not well-formed"),
        ("Resources: {A: {Type: AWS::S3::Bucket, DependsOn: B}}", r"Unresolved resource dependencies \[B\]"),
    ],
)
def test_a_template_that_cannot_be_used_says_why(cloudformation, body, text):
    for call in (
        lambda: cloudformation.validate_template(TemplateBody=body),
        lambda: cloudformation.create_stack(StackName="never", TemplateBody=body),
    ):
        with pytest.raises(ClientError, match=text) as caught:
            call()
        assert caught.value.response["Error"]["Code"] == "ValidationError"
    with pytest.raises(ClientError, match="does not exist"):
        cloudformation.describe_stacks(StackName="never")


def test_unknown_types_are_warned_of_when_asked_to(cloudformation):
    answer = cloudformation.get_template_summary(
        TemplateBody="Resources: {A: {Type: AWS::Foo::Bar}}",
        TemplateSummaryConfig={"TreatUnrecognizedResourceTypesAsWarnings": True},
    )
    assert answer["Warnings"]["UnrecognizedResourceTypes"] == ["AWS::Foo::Bar"]


def test_iam_resources_need_a_capability(cloudformation, unique):
    for given in ([], ["CAPABILITY_IAM"]):
        with pytest.raises(ClientError, match=r"Requires capabilities : \[CAPABILITY_NAMED_IAM\]") as caught:
            cloudformation.create_stack(
                StackName=unique("iam"),
                TemplateBody=SMALL,
                Capabilities=given,
                Parameters=[{"ParameterKey": "Secret", "ParameterValue": "x"}],
            )
        assert caught.value.response["Error"]["Code"] == "InsufficientCapabilitiesException"


def test_a_template_is_taken_from_s3_by_every_form_of_its_url(cloudformation, s3, shared_server, unique):
    bucket = unique("templates")
    s3.create_bucket(Bucket=bucket)
    body = "Description: from s3\nResources: {A: {Type: AWS::S3::Bucket}}"
    s3.put_object(Bucket=bucket, Key="a dir/t.yml", Body=body.encode())
    port = shared_server.config.port
    for url in (
        f"https://s3.amazonaws.com/{bucket}/a%20dir/t.yml",
        f"https://s3.us-east-1.amazonaws.com/{bucket}/a dir/t.yml",
        f"https://s3-us-west-2.amazonaws.com/{bucket}/a%20dir/t.yml",
        f"https://{bucket}.s3.amazonaws.com/a%20dir/t.yml",
        f"https://{bucket}.s3.eu-west-1.amazonaws.com/a%20dir/t.yml",
        f"http://127.0.0.1:{port}/{bucket}/a%20dir/t.yml",
        f"s3://{bucket}/a dir/t.yml",
        s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a dir/t.yml"}),
    ):
        assert cloudformation.validate_template(TemplateURL=url)["Description"] == "from s3", url
    with pytest.raises(ClientError, match="S3 error"):
        cloudformation.validate_template(TemplateURL=f"https://s3.amazonaws.com/{bucket}/none")
    with pytest.raises(ClientError, match="must be a supported URL"):
        cloudformation.validate_template(TemplateURL="ftp://x/y/z")


def test_a_stacks_template_and_secret_are_answered_as_they_should(cloudformation, unique, ended):
    name = unique("secret")
    body = SMALL.replace("RoleName: mine", f"RoleName: {name}")
    cloudformation.create_stack(
        StackName=name,
        TemplateBody=body,
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Parameters=[{"ParameterKey": "Secret", "ParameterValue": "hush"}],
    )
    stack = ended(name)
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert {"ParameterKey": "Secret", "ParameterValue": "****"} in stack["Parameters"]
    assert cloudformation.get_template(StackName=name)["TemplateBody"] == body
    assert cloudformation.get_template_summary(StackName=name)["Description"] == "small"


# In the shape of the public model-deploy repository's endpoint-config-template.yml, in words of our own.
ENDPOINT = """
Parameters:
  Project: {Type: String, MinLength: 1, MaxLength: 32, AllowedPattern: '^[a-zA-Z](-*[a-zA-Z0-9])*'}
  Stage: {Type: String}
  Count: {Type: Number, MinValue: 1}
  Capture: {Type: String, Default: true, AllowedValues: [true, false]}
  Package: {Type: String}
  Role: {Type: String}
Resources:
  Model:
    Type: AWS::SageMaker::Model
    Properties: {Containers: [{ModelPackageName: !Ref Package}], ExecutionRoleArn: !Ref Role}
  Config:
    Type: AWS::SageMaker::EndpointConfig
    Properties:
      ProductionVariants:
        - InitialInstanceCount: !Ref Count
          InstanceType: ml.m5.large
          ModelName: !GetAtt Model.ModelName
          VariantName: AllTraffic
      DataCaptureConfig:
        EnableCapture: !Ref Capture
        InitialSamplingPercentage: 100
        DestinationS3Uri: s3://captures/here
        CaptureOptions: [{CaptureMode: Input}, {CaptureMode: Output}]
  Endpoint:
    Type: AWS::SageMaker::Endpoint
    Properties: {EndpointName: !Sub '${Project}-${Stage}', EndpointConfigName: !GetAtt Config.EndpointConfigName}
"""


def test_a_deployment_template_is_planned_before_it_is_made(cloudformation, unique):
    name = unique("deploy")
    values = {
        "Project": "abalone",
        "Stage": "staging",
        "Count": "1",
        "Package": "arn:x",
        "Role": "arn:aws:iam::1:role/x",
    }
    cloudformation.create_change_set(
        StackName=name,
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateBody=ENDPOINT,
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()],
        Tags=[{"Key": "sagemaker:deployment-stage", "Value": "staging"}],
    )
    planned = cloudformation.describe_change_set(StackName=name, ChangeSetName="first")
    changes = [one["ResourceChange"] for one in planned["Changes"]]
    assert [(one["Action"], one["LogicalResourceId"]) for one in changes] == [
        ("Add", "Model"),
        ("Add", "Config"),
        ("Add", "Endpoint"),
    ]
    cloudformation.delete_stack(StackName=name)
    with pytest.raises(ClientError, match="does not exist"):
        cloudformation.describe_stacks(StackName=name)
