"""Domains, user profiles and code repositories: kept, described, listed, changed, deleted."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"


def test_a_domain_and_its_users_are_kept(sagemaker, unique):
    tags = [{"Key": "sagemaker:projectS3TemplatesLocation", "Value": "s3://b/templates/"}]
    settings = {"ExecutionRole": ROLE}
    made = sagemaker.create_domain(DomainName=unique("d"), AuthMode="IAM", DefaultUserSettings=settings, Tags=tags)
    domain = made["DomainId"]
    found = sagemaker.describe_domain(DomainId=domain)
    assert (found["Status"], found["DefaultUserSettings"]["ExecutionRole"]) == ("InService", ROLE)
    assert sagemaker.list_tags(ResourceArn=made["DomainArn"])["Tags"] == tags
    assert domain in [one["DomainId"] for one in sagemaker.list_domains()["Domains"]]
    sagemaker.update_domain(DomainId=domain, AppNetworkAccessType="VpcOnly")
    assert sagemaker.describe_domain(DomainId=domain)["AppNetworkAccessType"] == "VpcOnly"
    user = {"DomainId": domain, "UserProfileName": "somebody"}
    sagemaker.create_user_profile(**user)
    with pytest.raises(ClientError) as error:
        sagemaker.create_user_profile(**user)
    assert error.value.response["Error"]["Code"] == "ResourceInUse"
    sagemaker.update_user_profile(**user, UserSettings=settings)
    assert sagemaker.describe_user_profile(**user)["UserSettings"]["ExecutionRole"] == ROLE
    listed = sagemaker.list_user_profiles(DomainIdEquals=domain, UserProfileNameContains="some")["UserProfiles"]
    assert [one["UserProfileName"] for one in listed] == ["somebody"]
    with pytest.raises(ClientError, match="still has user profiles"):
        sagemaker.delete_domain(DomainId=domain)
    sagemaker.delete_user_profile(**user)
    assert sagemaker.list_user_profiles(DomainIdEquals=domain)["UserProfiles"] == []
    sagemaker.delete_domain(DomainId=domain)
    with pytest.raises(ClientError) as error:
        sagemaker.describe_domain(DomainId=domain)
    assert error.value.response["Error"]["Code"] == "ResourceNotFound"


def test_a_code_repository_is_kept(sagemaker, unique):
    name = unique("code")
    git = {"RepositoryUrl": "http://127.0.0.1:4590/v1/repos/one", "Branch": "main"}
    sagemaker.create_code_repository(CodeRepositoryName=name, GitConfig=git)
    with pytest.raises(ClientError, match="already exists"):
        sagemaker.create_code_repository(CodeRepositoryName=name, GitConfig=git)
    secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:git"
    sagemaker.update_code_repository(CodeRepositoryName=name, GitConfig={"SecretArn": secret})
    found = sagemaker.describe_code_repository(CodeRepositoryName=name)["GitConfig"]
    assert found == {**git, "SecretArn": secret}
    listed = sagemaker.list_code_repositories(NameContains=name)["CodeRepositorySummaryList"]
    assert [one["CodeRepositoryName"] for one in listed] == [name]
    sagemaker.delete_code_repository(CodeRepositoryName=name)
    with pytest.raises(ClientError, match="Cannot find"):
        sagemaker.describe_code_repository(CodeRepositoryName=name)
