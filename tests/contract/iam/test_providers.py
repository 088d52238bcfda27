"""OpenID Connect providers and instance profiles."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

TRUST = {"Version": "2012-10-17", "Statement": []}


def code(call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response["Error"]["Code"]


def test_a_provider_is_kept_with_its_clients_and_thumbprints(iam, unique):
    host = f"{unique('token')}.example.com/issuer"
    asked = {"Url": f"https://{host}", "ClientIDList": ["sts.amazonaws.com"], "ThumbprintList": ["a" * 40]}
    arn = iam.create_open_id_connect_provider(**asked)["OpenIDConnectProviderArn"]
    assert arn == f"arn:aws:iam::123456789012:oidc-provider/{host}"
    assert code(iam.create_open_id_connect_provider, **asked) == "EntityAlreadyExists"
    assert code(iam.create_open_id_connect_provider, Url="http://a.example.com") == "ValidationError"
    named = {"OpenIDConnectProviderArn": arn}
    iam.add_client_id_to_open_id_connect_provider(**named, ClientID="other")
    iam.remove_client_id_from_open_id_connect_provider(**named, ClientID="sts.amazonaws.com")
    iam.update_open_id_connect_provider_thumbprint(**named, ThumbprintList=["b" * 40])
    iam.tag_open_id_connect_provider(**named, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    iam.untag_open_id_connect_provider(**named, TagKeys=["b"])
    found = iam.get_open_id_connect_provider(**named)
    assert (found["Url"], found["ClientIDList"], found["ThumbprintList"]) == (host, ["other"], ["b" * 40])
    assert iam.list_open_id_connect_provider_tags(**named)["Tags"] == [{"Key": "a", "Value": "1"}]
    assert {"Arn": arn} in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    iam.delete_open_id_connect_provider(**named)
    assert code(iam.get_open_id_connect_provider, **named) == "NoSuchEntity"


def test_an_instance_profile_holds_one_role(iam, unique):
    role, other, name = unique("role"), unique("role"), unique("profile")
    for each in (role, other):
        iam.create_role(RoleName=each, AssumeRolePolicyDocument=json.dumps(TRUST))
    made = iam.create_instance_profile(InstanceProfileName=name, Path="/team/")["InstanceProfile"]
    assert made["Arn"].endswith(f":instance-profile/team/{name}")
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role)
    assert code(iam.add_role_to_instance_profile, InstanceProfileName=name, RoleName=other) == "LimitExceeded"
    (found,) = iam.list_instance_profiles_for_role(RoleName=role)["InstanceProfiles"]
    assert found["Roles"][0]["RoleName"] == role
    assert name in [
        one["InstanceProfileName"] for one in iam.list_instance_profiles(PathPrefix="/team/")["InstanceProfiles"]
    ]
    assert code(iam.delete_role, RoleName=role) == "DeleteConflict"
    assert code(iam.delete_instance_profile, InstanceProfileName=name) == "DeleteConflict"
    iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=role)
    assert iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Roles"] == []
    iam.delete_instance_profile(InstanceProfileName=name)
    assert code(iam.get_instance_profile, InstanceProfileName=name) == "NoSuchEntity"
    iam.delete_role(RoleName=role)


def test_every_provider_is_listed(iam):
    made = {
        iam.create_open_id_connect_provider(Url=f"https://{number}.many.example.com")["OpenIDConnectProviderArn"]
        for number in range(101)
    }
    listed = {one["Arn"] for one in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]}
    assert made <= listed
    for arn in made:
        iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
