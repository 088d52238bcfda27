"""What policies allow of networks."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def person(shared_server, unique):
    """A function that makes a client of EC2 for a user with these statements."""
    iam = shared_server.client("iam")

    def make(*statements):
        name = unique("user")
        iam.create_user(UserName=name)
        policy = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Resource": "*", **one} for one in statements],
        }
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return shared_server.client(
            "ec2", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
        )

    return make


def test_policies_name_networks_by_their_ids(ec2, vpc, person, refused):
    arn = f"arn:aws:ec2:us-east-1:123456789012:vpc/{vpc}"
    subnets = "arn:aws:ec2:us-east-1:123456789012:subnet/*"
    user = person({"Action": "ec2:Describe*"}, {"Action": "ec2:CreateSubnet", "Resource": [arn, subnets]})
    assert user.describe_vpcs(VpcIds=[vpc])["Vpcs"]
    assert user.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["VpcId"] == vpc
    other = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    assert refused(user.create_subnet, VpcId=other, CidrBlock="10.0.0.0/24") == "UnauthorizedOperation"
    assert refused(user.delete_vpc, VpcId=vpc) == "UnauthorizedOperation"


def test_policies_look_at_the_tags_that_are_asked_for(person, refused):
    condition = {"StringEquals": {"aws:RequestTag/team": "a"}}
    user = person({"Action": "ec2:CreateVpc", "Condition": condition})

    def tagged(value):
        return [{"ResourceType": "vpc", "Tags": [{"Key": "team", "Value": value}]}]

    assert user.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tagged("a"))["Vpc"]["Tags"]
    asked = {"CidrBlock": "10.0.0.0/16", "TagSpecifications": tagged("b")}
    assert refused(user.create_vpc, **asked) == "UnauthorizedOperation"


def test_a_signature_by_an_unknown_key_is_refused_in_ec2s_words(shared_server):
    stranger = shared_server.client("ec2", aws_access_key_id="AKIAUNKNOWN", aws_secret_access_key="x")
    with pytest.raises(ClientError) as caught:
        stranger.describe_vpcs()
    assert caught.value.response["Error"]["Code"] == "AuthFailure"
