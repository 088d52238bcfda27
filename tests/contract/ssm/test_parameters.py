"""Parameters: put, read by every form of their names, versions, labels, tags, and how values rest."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from sqlalchemy import text

from ormer.stores import events


def refused(what, **request) -> str:
    with pytest.raises(ClientError) as caught:
        what(**request)
    return caught.value.response["Error"]["Code"]


def test_a_parameter_is_read_by_name_arn_version_and_label(ssm, unique):
    name = f"/team/{unique('model')}"
    made = ssm.put_parameter(Name=name, Value="one", Type="String", Description="d", Tags=[{"Key": "a", "Value": "1"}])
    assert (made["Version"], made["Tier"]) == (1, "Standard")
    assert ssm.put_parameter(Name=name, Value="two", Overwrite=True)["Version"] == 2
    found = ssm.get_parameter(Name=name)["Parameter"]
    assert (found["Value"], found["Version"], found["DataType"], found["Type"]) == ("two", 2, "text", "String")
    assert found["ARN"].endswith(f":parameter{name}") and found["LastModifiedDate"]
    assert ssm.get_parameter(Name=found["ARN"])["Parameter"]["Value"] == "two"
    first = ssm.get_parameter(Name=f"{name}:1")["Parameter"]
    assert (first["Value"], first["Selector"]) == ("one", ":1")
    labelled = ssm.label_parameter_version(Name=name, ParameterVersion=1, Labels=["stable", "aws-own", "1st"])
    assert labelled == {**labelled, "InvalidLabels": ["aws-own", "1st"], "ParameterVersion": 1}
    assert ssm.get_parameter(Name=f"{name}:stable")["Parameter"]["Value"] == "one"
    ssm.label_parameter_version(Name=name, Labels=["stable"])
    assert ssm.get_parameter(Name=f"{name}:stable")["Parameter"]["Value"] == "two"
    history = ssm.get_parameter_history(Name=name)["Parameters"]
    assert [(one["Value"], one["Labels"]) for one in history] == [("one", []), ("two", ["stable"])]
    assert history[1]["Description"] == "d"
    gone = ssm.unlabel_parameter_version(Name=name, ParameterVersion=2, Labels=["stable", "x"])
    assert (gone["RemovedLabels"], gone["InvalidLabels"]) == (["stable"], ["x"])
    assert refused(ssm.get_parameter, Name=f"{name}:stable") == "ParameterVersionNotFound"
    assert refused(ssm.get_parameter, Name=f"{name}:9") == "ParameterVersionNotFound"
    # A version cannot be deleted or put by its number.
    assert refused(ssm.delete_parameter, Name=f"{name}:1") == "ParameterNotFound"
    assert refused(ssm.put_parameter, Name=f"{name}:1", Value="x", Type="String") == "ValidationException"
    assert refused(ssm.put_parameter, Name=name, Value="x", Type="String") == "ParameterAlreadyExists"
    assert refused(ssm.put_parameter, Name=name, Value="x", Type="SecureString", Overwrite=True) == (
        "HierarchyTypeMismatchException"
    )
    ssm.delete_parameter(Name=name)
    assert refused(ssm.get_parameter, Name=name) == "ParameterNotFound"
    assert refused(ssm.delete_parameter, Name=name) == "ParameterNotFound"


def test_a_plain_name_is_found_by_its_arn(ssm, unique):
    name = unique("plain")
    ssm.put_parameter(Name=name, Value="v", Type="String")
    arn = ssm.get_parameter(Name=name)["Parameter"]["ARN"]
    assert arn.endswith(f":parameter/{name}")
    assert ssm.get_parameter(Name=arn)["Parameter"]["Name"] == name


def test_several_are_read_and_deleted_at_once(ssm, unique):
    names = [unique("p") for _ in range(3)]
    for name in names[:2]:
        ssm.put_parameter(Name=name, Value=f"v-{name}", Type="StringList")
    found = ssm.get_parameters(Names=names)
    assert {one["Name"]: one["Value"] for one in found["Parameters"]} == {name: f"v-{name}" for name in names[:2]}
    assert found["InvalidParameters"] == names[2:]
    gone = ssm.delete_parameters(Names=names)
    assert (gone["DeletedParameters"], gone["InvalidParameters"]) == (names[:2], names[2:])
    assert ssm.get_parameters(Names=names)["Parameters"] == []


def test_names_follow_awss_rules(ssm):
    for name, code in (
        ("awsome", "ValidationException"),
        ("SSM-mine", "ValidationException"),
        ("/aws/mine", "AccessDeniedException"),
        ("a/b", "ValidationException"),
        ("/a b", "ValidationException"),
        ("/a//b", "ValidationException"),
        ("/x" * 16, "HierarchyLevelLimitExceededException"),
        ("/" + "x" * 1000, "ValidationException"),
    ):
        assert refused(ssm.put_parameter, Name=name, Value="v", Type="String") == code, name
    assert refused(ssm.put_parameter, Name="/kind", Value="v") == "ValidationException"


def test_what_aws_publishes_is_not_pretended(ssm):
    name = "/aws/service/sagemaker-distribution/latest-cpu"
    with pytest.raises(ssm.exceptions.ParameterNotFound, match="publishes none of them"):
        ssm.get_parameter(Name=name)
    assert ssm.get_parameters(Names=[name])["InvalidParameters"] == [name]


def test_large_values_need_the_advanced_tier_and_stay_there(ssm, unique):
    name, large = unique("large"), "x" * 5000
    assert refused(ssm.put_parameter, Name=name, Value=large, Type="String") == "ValidationException"
    assert ssm.put_parameter(Name=name, Value=large, Type="String", Tier="Intelligent-Tiering")["Tier"] == "Advanced"
    assert refused(ssm.put_parameter, Name=name, Value="s", Tier="Standard", Overwrite=True) == "ValidationException"
    assert ssm.put_parameter(Name=name, Value="s", Overwrite=True)["Tier"] == "Advanced"
    assert refused(ssm.put_parameter, Name=name, Value="y" * 8193, Overwrite=True) == "ValidationException"


def test_values_must_fit_the_allowed_pattern(ssm, unique):
    name = unique("number")
    ssm.put_parameter(Name=name, Value="12", Type="String", AllowedPattern=r"^\d+$")
    assert refused(ssm.put_parameter, Name=name, Value="x", Overwrite=True) == "ParameterPatternMismatchException"
    other = unique("n")
    asked = {"Name": other, "Value": "x", "Type": "String", "AllowedPattern": "("}
    assert refused(ssm.put_parameter, **asked) == "InvalidAllowedPatternException"


def test_a_hundred_versions_are_kept_unless_the_oldest_bears_a_label(ssm, unique):
    name = unique("old")
    for number in range(101):
        ssm.put_parameter(Name=name, Value=str(number), Type="String", Overwrite=True)
    history = [
        one for page in ssm.get_paginator("get_parameter_history").paginate(Name=name) for one in page["Parameters"]
    ]
    assert [one["Version"] for one in history] == list(range(2, 102))
    ssm.label_parameter_version(Name=name, ParameterVersion=2, Labels=["first"])
    assert refused(ssm.put_parameter, Name=name, Value="x", Overwrite=True) == "ParameterMaxVersionLimitExceeded"


def test_what_lies_below_a_path_is_paged_and_filtered(ssm, unique):
    root = f"/{unique('tree')}"
    for name in ("a", "b", "deep/c", "deep/er/d"):
        ssm.put_parameter(Name=f"{root}/{name}", Value=name, Type="String")
    ssm.put_parameter(Name=f"{root}/s", Value="secret", Type="SecureString")
    ssm.put_parameter(Name=f"{root}-other/x", Value="x", Type="String")
    flat = ssm.get_parameters_by_path(Path=root)["Parameters"]
    assert [one["Name"] for one in flat] == [f"{root}/{name}" for name in ("a", "b", "s")]
    pages = ssm.get_paginator("get_parameters_by_path").paginate(
        Path=f"{root}/", Recursive=True, WithDecryption=True, PaginationConfig={"PageSize": 2}
    )
    values = [one["Value"] for page in pages for one in page["Parameters"]]
    assert values == ["a", "b", "deep/c", "deep/er/d", "secret"]
    secure = [{"Key": "Type", "Values": ["SecureString"]}]
    found = ssm.get_parameters_by_path(Path=root, ParameterFilters=secure)["Parameters"]
    assert [one["Name"] for one in found] == [f"{root}/s"] and found[0]["Value"] != "secret"
    ssm.label_parameter_version(Name=f"{root}/a", Labels=["prod"])
    labelled = [{"Key": "Label", "Values": ["prod"]}]
    found = ssm.get_parameters_by_path(Path=root, Recursive=True, ParameterFilters=labelled)["Parameters"]
    assert [one["Name"] for one in found] == [f"{root}/a"]
    assert refused(ssm.get_parameters_by_path, Path="a") == "ValidationException"


def test_parameters_are_described_by_filters(ssm, unique):
    root = f"/{unique('described')}"
    ssm.put_parameter(Name=f"{root}/a", Value="1", Type="String", Tags=[{"Key": "team", "Value": "red"}])
    ssm.put_parameter(Name=f"{root}/b/c", Value="2", Type="SecureString", Tier="Advanced")

    def named(**asked):
        pages = ssm.get_paginator("describe_parameters").paginate(**asked)
        return [one["Name"].removeprefix(root) for page in pages for one in page["Parameters"]]

    below = {"Key": "Path", "Option": "Recursive", "Values": [root]}
    assert named(ParameterFilters=[below]) == ["/a", "/b/c"]
    assert named(ParameterFilters=[{**below, "Option": "OneLevel"}]) == ["/a"]
    assert named(ParameterFilters=[below, {"Key": "Tier", "Values": ["Advanced"]}]) == ["/b/c"]
    assert named(ParameterFilters=[below, {"Key": "tag:team", "Values": ["red"]}]) == ["/a"]
    assert named(ParameterFilters=[{"Key": "Name", "Option": "Contains", "Values": [root[1:]]}]) == ["/a", "/b/c"]
    assert named(Filters=[{"Key": "Name", "Values": [f"{root}/b"]}]) == ["/b/c"]
    (described,) = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [f"{root}/b/c"]}])["Parameters"]
    assert described["KeyId"] == "alias/aws/ssm" and "Value" not in described and described["Version"] == 1
    assert refused(ssm.describe_parameters, ParameterFilters=[{"Key": "Label", "Values": ["x"]}]) == "InvalidFilterKey"


def test_parameters_have_tags(ssm, unique):
    name = unique("tagged")
    ssm.put_parameter(Name=name, Value="v", Type="String", Tags=[{"Key": "a", "Value": "1"}])
    about = {"ResourceType": "Parameter", "ResourceId": name}
    ssm.add_tags_to_resource(**about, Tags=[{"Key": "b", "Value": "2"}])
    ssm.remove_tags_from_resource(**about, TagKeys=["a"])
    assert ssm.list_tags_for_resource(**about)["TagList"] == [{"Key": "b", "Value": "2"}]
    assert refused(ssm.list_tags_for_resource, ResourceType="Parameter", ResourceId="none") == "InvalidResourceId"
    tags = [{"Key": "a", "Value": "1"}]
    assert refused(ssm.put_parameter, Name=name, Value="v", Overwrite=True, Tags=tags) == "ValidationException"


def test_a_secure_string_rests_encrypted_and_is_read_by_who_asks(ssm, shared_server, unique):
    name, value = unique("secure"), unique("very-secret-value")
    ssm.put_parameter(Name=name, Value=value, Type="SecureString")
    assert ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] == value
    hidden = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    assert hidden and value not in hidden
    database = shared_server.house.stores.database
    with database.read() as tx:
        for table in ("resources", "parameter_versions", "events", "tasks"):
            rows = tx.all(text(f"SELECT * FROM {table}"))
            assert not any(value in str(dict(row)) for row in rows), table
        arn = ssm.get_parameter(Name=name)["Parameter"]["ARN"]
        (told,) = events.about(tx, arn)
    assert told["detail"] == {"operation": "Create", "name": name, "type": "SecureString"}


def test_a_key_of_ones_own_must_be_there_and_enabled(ssm, shared_server, unique):
    kms = shared_server.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    name = unique("keyed")
    ssm.put_parameter(Name=name, Value="v", Type="SecureString", KeyId=key)
    assert ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] == "v"
    kms.disable_key(KeyId=key)
    with pytest.raises(ClientError):
        ssm.get_parameter(Name=name, WithDecryption=True)
    asked = {"Name": unique("k"), "Value": "v", "Type": "SecureString", "KeyId": "alias/none"}
    assert refused(ssm.put_parameter, **asked) == "InvalidKeyId"


def test_policies_that_tell_are_refused_and_expiration_needs_the_advanced_tier(ssm, unique):
    policy = '[{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2090-01-01T00:00:00.000Z"}}]'
    asked = {"Name": unique("ends"), "Value": "v", "Type": "String"}
    assert refused(ssm.put_parameter, **asked, Policies=policy) == "ValidationException"
    ssm.put_parameter(**asked, Tier="Advanced", Policies=policy)
    (found,) = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [asked["Name"]]}])["Parameters"]
    assert found["Policies"][0]["PolicyType"] == "Expiration"
    telling = policy.replace("Expiration", "NoChangeNotification")
    asked["Name"] += "x"
    assert refused(ssm.put_parameter, **asked, Tier="Advanced", Policies=telling) == "InvalidPolicyTypeException"


def test_an_arn_means_nothing_but_what_stands_in_it(ssm, unique):
    name = f"/{unique('own')}/x"
    ssm.put_parameter(Name=name, Value="v", Type="String")
    arn = ssm.get_parameter(Name=name)["Parameter"]["ARN"]
    account = arn.split(":")[4]
    for other in (
        arn.replace(account, "210987654321"),
        arn.replace("us-east-1", "eu-west-1"),
        arn.replace(":ssm:", ":sqs:"),
        arn.replace(":parameter/", ":opened/"),
        arn.replace(":parameter/", ":parameterx/"),
    ):
        assert refused(ssm.get_parameter, Name=other) == "ParameterNotFound"
        assert refused(ssm.delete_parameter, Name=other) == "ParameterNotFound"
    assert ssm.get_parameter(Name=arn)["Parameter"]["Value"] == "v"
