"""Resource types whose operations are there: made, changed, replaced and deleted for real."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
OLD_IMAGES = {
    "rulePriority": 1,
    "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 5},
    "action": {"type": "expire"},
}
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.5-1"


def allow(action):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


@pytest.fixture
def run(cloudformation, ended, unique):
    """Create the stack, or update it when it is there; returns its description."""
    name = unique("types")

    def go(resources, outputs=None, role=None):
        body = {"Resources": resources, "Outputs": {key: {"Value": value} for key, value in (outputs or {}).items()}}
        request = {
            "StackName": name,
            "TemplateBody": json.dumps(body),
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
            "Tags": [{"Key": "team", "Value": "a"}],
            **({"RoleARN": role} if role else {}),
        }
        try:
            cloudformation.create_stack(**request)
        except cloudformation.exceptions.AlreadyExistsException:
            cloudformation.update_stack(**request)
        stack = ended(name)
        if not stack["StackStatus"].endswith(("CREATE_COMPLETE", "UPDATE_COMPLETE")):
            events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
            raise AssertionError(
                [one.get("ResourceStatusReason") for one in events if "FAILED" in one["ResourceStatus"]]
            )
        return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}

    go.stack = name
    yield go
    arn = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
    cloudformation.delete_stack(StackName=name)
    assert ended(arn)["StackStatus"] == "DELETE_COMPLETE"


def test_a_bucket_takes_each_of_its_configurations(run, s3):
    full = {
        "VersioningConfiguration": {"Status": "Enabled"},
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
        "PublicAccessBlockConfiguration": {"BlockPublicAcls": "true", "BlockPublicPolicy": True},
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "CorsConfiguration": {
            "CorsRules": [
                {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAge": 30, "ExposedHeaders": ["ETag"]}
            ]
        },
        "LifecycleConfiguration": {
            "Rules": [
                {"Id": "old", "Status": "Enabled", "ExpirationInDays": 30, "Prefix": "tmp/"},
                {"Id": "parts", "Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
            ]
        },
        "NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
    }
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": {"Fn::GetAtt": ["B", "Arn"]}}
    policy = {"Bucket": {"Ref": "B"}, "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    resources = {
        "B": {"Type": "AWS::S3::Bucket", "Properties": full},
        "P": {"Type": "AWS::S3::BucketPolicy", "Properties": policy},
    }
    found = run(resources, {"Name": {"Ref": "B"}, "Domain": {"Fn::GetAtt": ["B", "RegionalDomainName"]}})
    name = found["Name"]
    assert found["Domain"] == f"{name}.s3.us-east-1.amazonaws.com"
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]["BlockPublicAcls"] is True
    cors = s3.get_bucket_cors(Bucket=name)["CORSRules"][0]
    assert (cors["MaxAgeSeconds"], cors["ExposeHeaders"]) == (30, ["ETag"])
    rules = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert rules[0]["Expiration"] == {"Days": 30} and rules[0]["Filter"] == {"Prefix": "tmp/"}
    assert "EventBridgeConfiguration" in s3.get_bucket_notification_configuration(Bucket=name)
    written = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
    assert written["Statement"][0]["Resource"] == f"arn:aws:s3:::{name}"
    run({"B": {"Type": "AWS::S3::Bucket"}})
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Suspended"
    for gone in (s3.get_bucket_cors, s3.get_bucket_policy, s3.get_bucket_lifecycle_configuration):
        with pytest.raises(ClientError):
            gone(Bucket=name)


def test_roles_and_policies_are_written_attached_and_taken_away(run, iam):
    def resources(action, managed, inline):
        role = {
            "AssumeRolePolicyDocument": TRUST,
            "Path": "/made/",
            "ManagedPolicyArns": managed,
            "Policies": [{"PolicyName": name, "PolicyDocument": allow("s3:*")} for name in inline],
        }
        return {
            "Role": {"Type": "AWS::IAM::Role", "Properties": role},
            "Inline": {
                "Type": "AWS::IAM::Policy",
                "Properties": {"PolicyName": "more", "PolicyDocument": allow(action), "Roles": [{"Ref": "Role"}]},
            },
            "Managed": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"PolicyDocument": allow(action), "Roles": [{"Ref": "Role"}]},
            },
        }

    outputs = {"Role": {"Ref": "Role"}, "Arn": {"Fn::GetAtt": ["Role", "Arn"]}, "Managed": {"Ref": "Managed"}}
    full = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
    found = run(resources("logs:*", [full], ["one", "two"]), outputs)
    name = found["Role"]
    assert iam.get_role(RoleName=name)["Role"]["Arn"] == found["Arn"] and ":role/made/" in found["Arn"]
    assert {"Key": "team", "Value": "a"} in iam.list_role_tags(RoleName=name)["Tags"]
    assert set(iam.list_role_policies(RoleName=name)["PolicyNames"]) == {"one", "two", "more"}
    attached = {one["PolicyArn"] for one in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]}
    assert attached == {full, found["Managed"]}
    for action in ("kms:*", "ecr:*", "sns:*", "sqs:*", "s3:*", "sts:*"):
        assert run(resources(action, [], ["two"]), outputs) == found
    assert set(iam.list_role_policies(RoleName=name)["PolicyNames"]) == {"two", "more"}
    version = iam.get_policy(PolicyArn=found["Managed"])["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=found["Managed"], VersionId=version)["PolicyVersion"]["Document"]
    assert document["Statement"][0]["Action"] == "sts:*"
    assert len(iam.list_policy_versions(PolicyArn=found["Managed"])["Versions"]) == 5


def test_a_key_and_its_alias(run, shared_server):
    kms = shared_server.client("kms")

    def resources(description, enabled):
        key = {"Description": description, "Enabled": enabled, "PendingWindowInDays": 7}
        alias = {"AliasName": f"alias/{run.stack}", "TargetKeyId": {"Ref": "Key"}}
        return {
            "Key": {"Type": "AWS::KMS::Key", "Properties": key},
            "Alias": {"Type": "AWS::KMS::Alias", "Properties": alias},
        }

    outputs = {"Id": {"Ref": "Key"}, "Arn": {"Fn::GetAtt": ["Key", "Arn"]}}
    found = run(resources("first", True), outputs)
    assert kms.describe_key(KeyId=f"alias/{run.stack}")["KeyMetadata"]["Arn"] == found["Arn"]
    assert run(resources("second", "false"), outputs) == found
    shown = kms.describe_key(KeyId=found["Id"])["KeyMetadata"]
    assert (shown["Description"], shown["KeyState"]) == ("second", "Disabled")


def test_a_group_a_version_and_a_model_of_it(run, sagemaker):
    role = "arn:aws:iam::123456789012:role/service-role/AmazonSageMakerServiceCatalogProductsUseRole"
    containers = [{"Image": IMAGE, "ModelDataUrl": "s3://b/model.tar.gz"}]
    specification = {
        "Containers": containers,
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }

    def resources(approval, environment):
        version = {
            "ModelPackageGroupName": {"Fn::GetAtt": ["Group", "ModelPackageGroupName"]},
            "InferenceSpecification": specification,
            "ModelApprovalStatus": approval,
        }
        served = [{"ModelPackageName": {"Ref": "Version"}, "Environment": environment}]
        return {
            "Group": {
                "Type": "AWS::SageMaker::ModelPackageGroup",
                "Properties": {"ModelPackageGroupName": run.stack, "ModelPackageGroupPolicy": allow("sagemaker:*")},
            },
            "Version": {"Type": "AWS::SageMaker::ModelPackage", "Properties": version},
            "Model": {
                "Type": "AWS::SageMaker::Model",
                "Properties": {"Containers": served, "ExecutionRoleArn": role},
            },
        }

    outputs = {
        "Group": {"Ref": "Group"},
        "Version": {"Ref": "Version"},
        "Model": {"Ref": "Model"},
        "Name": {"Fn::GetAtt": ["Model", "ModelName"]},
        "Status": {"Fn::GetAtt": ["Version", "ModelPackageStatus"]},
    }
    first = run(resources("PendingManualApproval", {}), outputs)
    assert first["Status"] == "Completed" and first["Version"].endswith("/1")
    model = sagemaker.describe_model(ModelName=first["Name"])
    assert model["ModelArn"] == first["Model"] and model["Containers"][0]["ModelPackageName"] == first["Version"]
    tags = {pair["Key"]: pair["Value"] for pair in sagemaker.list_tags(ResourceArn=first["Model"])["Tags"]}
    assert tags["team"] == "a" and tags["aws:cloudformation:logical-id"] == "Model"
    assert run(resources("Approved", {}), outputs) == first
    assert sagemaker.describe_model_package(ModelPackageName=first["Version"])["ModelApprovalStatus"] == "Approved"
    second = run(resources("Approved", {"A": 1}), outputs)
    assert second["Version"] == first["Version"] and second["Model"] != first["Model"]
    with pytest.raises(ClientError, match="Could not find model"):
        sagemaker.describe_model(ModelName=first["Name"])


def test_a_pipeline_by_text_and_from_s3(run, sagemaker, s3, unique):
    role = "arn:aws:iam::123456789012:role/service-role/AmazonSageMakerServiceCatalogProductsUseRole"
    definition = {
        "Version": "2020-12-01",
        "Steps": [{"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}],
    }
    bucket = unique("definitions")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="p.json", Body=json.dumps(definition | {"Metadata": {}}).encode())

    def resources(where):
        properties = {"PipelineName": run.stack, "PipelineDefinition": where, "RoleArn": role}
        return {"P": {"Type": "AWS::SageMaker::Pipeline", "Properties": properties}}

    assert run(resources({"PipelineDefinitionBody": json.dumps(definition)}), {"P": {"Ref": "P"}}) == {"P": run.stack}
    assert json.loads(sagemaker.describe_pipeline(PipelineName=run.stack)["PipelineDefinition"]) == definition
    place = {"PipelineDefinitionS3Location": {"Bucket": bucket, "Key": "p.json"}}
    run(resources(place))
    assert "Metadata" in sagemaker.describe_pipeline(PipelineName=run.stack)["PipelineDefinition"]


def test_a_repository_of_images_with_its_policies(run, shared_server):
    ecr = shared_server.client("ecr")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}
    full = {
        "ImageScanningConfiguration": {"ScanOnPush": "true"},
        "LifecyclePolicy": {"LifecyclePolicyText": json.dumps({"rules": [OLD_IMAGES]})},
        "RepositoryPolicyText": {"Version": "2012-10-17", "Statement": [statement]},
    }
    resources = {"R": {"Type": "AWS::ECR::Repository", "Properties": full}}
    named = {"Name": {"Ref": "R"}, "Uri": {"Fn::GetAtt": ["R", "RepositoryUri"]}}
    made = run(resources, named)
    assert made["Uri"].endswith(f".dkr.ecr.us-east-1.amazonaws.com/{made['Name']}")
    assert made["Name"] == made["Name"].lower()
    policy = json.loads(ecr.get_repository_policy(repositoryName=made["Name"])["policyText"])
    assert policy["Statement"] == [statement]
    changed = {"R": {"Type": "AWS::ECR::Repository", "Properties": {"ImageTagMutability": "IMMUTABLE"}}}
    assert run(changed, named) == made
    (found,) = ecr.describe_repositories(repositoryNames=[made["Name"]])["repositories"]
    assert (found["imageTagMutability"], found["imageScanningConfiguration"]) == ("IMMUTABLE", {"scanOnPush": False})
    with pytest.raises(ClientError, match="Repository policy does not exist"):
        ecr.get_repository_policy(repositoryName=made["Name"])
    with pytest.raises(ClientError, match="Lifecycle policy does not exist"):
        ecr.get_lifecycle_policy(repositoryName=made["Name"])


def test_what_the_cdk_leaves_word_of_makes_nothing(run):
    run({"CDKMetadata": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2:deflate64:a"}}})
    run({"CDKMetadata": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2:deflate64:b"}}})


def test_a_handle_is_a_place_that_is_always_there(run):
    found = run({"H": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}, {"H": {"Ref": "H"}})
    assert found["H"].startswith("https://cloudformation-waitcondition-us-east-1.s3.us-east-1.amazonaws.com/")


@pytest.mark.parametrize(
    ("kind", "properties", "reason"),
    [
        ("AWS::S3::Bucket", {"Color": "red"}, r"extraneous key [Color] is not permitted"),
        ("AWS::S3::Bucket", {"VersioningConfiguration": {"Stat": "x"}}, "extraneous key [Stat] is not permitted"),
        ("AWS::S3::Bucket", {"AccessControl": "PublicRead"}, "ormer opens no bucket by access lists"),
        ("AWS::S3::BucketPolicy", {"Bucket": "x"}, "required key [PolicyDocument] not found"),
        ("AWS::Logs::LogGroup", {"RetentionInDays": "many"}, "RetentionInDays"),
        ("AWS::IAM::Policy", {"PolicyName": "p", "PolicyDocument": {}}, "[Groups,Roles,Users] must be non-empty"),
        ("AWS::SNS::Topic", {"TopicName": "t", "Color": "red"}, "extraneous key [Color] is not permitted"),
    ],
)
def test_a_resource_that_cannot_be_says_why(cloudformation, unique, ended, kind, properties, reason):
    name = unique("wrong")
    body = json.dumps({"Resources": {"R": {"Type": kind, "Properties": properties}}})
    cloudformation.create_stack(StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_IAM"])
    assert ended(name)["StackStatus"] == "ROLLBACK_COMPLETE"
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    told = next(one["ResourceStatusReason"] for one in events if one["ResourceStatus"] == "CREATE_FAILED")
    assert reason.lower() in told.lower()


def test_buckets_and_rules_are_made_by_a_role_that_may_make_them_and_not_list_them(iam, run, s3, unique):
    """What a launch role of the provider's collection may do."""
    trust = {**TRUST["Statement"][0], "Principal": {"Service": "cloudformation.amazonaws.com"}}
    role, bucket = unique("maker"), unique("made")
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    iam.put_role_policy(RoleName=role, PolicyName="make", PolicyDocument=json.dumps(allow(["s3:*", "events:*"])))
    denied = {"Effect": "Deny", "Action": ["s3:ListBucket", "events:ListRules"], "Resource": "*"}
    iam.put_role_policy(
        RoleName=role,
        PolicyName="no-look",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [denied]}),
    )
    pattern = {"EventPattern": {"source": ["aws.sagemaker"]}}
    run(
        {
            "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": bucket}},
            "Rule": {"Type": "AWS::Events::Rule", "Properties": pattern},
        },
        role=arn,
    )
    assert s3.head_bucket(Bucket=bucket)


def test_a_policy_of_topics_is_set_changed_and_taken_away(run, shared_server):
    sns = shared_server.client("sns")

    def resources(action, *topics):
        statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Resource": "*"}
        document = {"Version": "2012-10-17", "Statement": [{**statement, "Action": action}]}
        policy = {"PolicyDocument": document, "Topics": [{"Ref": topic} for topic in topics]}
        return {
            "One": {"Type": "AWS::SNS::Topic"},
            "Two": {"Type": "AWS::SNS::Topic"},
            **({"Policy": {"Type": "AWS::SNS::TopicPolicy", "Properties": policy}} if topics else {}),
        }

    def actions(topic):
        policy = json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
        return policy["Statement"][0]["Action"]

    outputs = {"One": {"Ref": "One"}, "Two": {"Ref": "Two"}}
    found = run(resources("sns:Publish", "One", "Two"), outputs)
    assert actions(found["One"]) == actions(found["Two"]) == "sns:Publish"
    assert run(resources("sns:*", "One"), outputs) == found
    assert actions(found["One"]) == "sns:*" and "SNS:Subscribe" in actions(found["Two"])
    run(resources(""), outputs)
    assert "SNS:Subscribe" in actions(found["One"])
