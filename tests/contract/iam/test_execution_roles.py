"""The execution roles of a new home, as the SageMaker SDK inspects them before it uses one."""

import json
from urllib.parse import unquote

from ormer.first_run import use_role_arn

# What sagemaker.core.helper.iam_role_resolver of SDK 3 simulates for training, serving and pipelines.
WANTED = [
    "cloudwatch:PutMetricData",
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
    "ecr:GetAuthorizationToken",
]


def test_an_execution_role_may_all_that_sdk_3_asks_of_one(house, api):
    role = use_role_arn(house.config.account)
    answer = api("iam", "SimulatePrincipalPolicy", {"PolicySourceArn": role, "ActionNames": WANTED})
    decided = {result["EvalActionName"]: result["EvalDecision"] for result in answer["EvaluationResults"]}
    assert decided == dict.fromkeys(WANTED, "allowed")


def test_an_execution_role_trusts_sagemaker(house, api):
    role = api("iam", "GetRole", {"RoleName": use_role_arn(house.config.account).rsplit("/", 1)[-1]})["Role"]
    statements = json.loads(unquote(role["AssumeRolePolicyDocument"]))["Statement"]
    assert any("sagemaker.amazonaws.com" in statement["Principal"].get("Service", []) for statement in statements)


def test_an_execution_role_may_not_start_machines(house, api):
    role = use_role_arn(house.config.account)
    answer = api("iam", "SimulatePrincipalPolicy", {"PolicySourceArn": role, "ActionNames": ["ec2:RunInstances"]})
    assert [result["EvalDecision"] for result in answer["EvaluationResults"]] == ["implicitDeny"]
