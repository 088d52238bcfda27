"""Functions as Lambda's clients see them: made, changed, listed, published, tagged, deleted, and refused."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from botocore.exceptions import ClientError

from .conftest import zipped

ONE = "def handler(event, context):\n    return 1\n"
TWO = "def handler(event, context):\n    return 2\n"


def code_of(error) -> str:
    return error.value.response["Error"]["Code"]


def test_a_function_is_made_described_and_deleted(functions, function, role):
    content = zipped({"index.py": ONE})
    name = function("", Code={"ZipFile": content}, Description="one", Timeout=7, Tags={"team": "growth"})
    found = functions.get_function(FunctionName=name)
    configuration = found["Configuration"]
    assert configuration["FunctionArn"] == f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    assert configuration["CodeSha256"] == base64.b64encode(hashlib.sha256(content).digest()).decode()
    words = ("Runtime", "Role", "Handler", "Description", "Timeout", "MemorySize", "State", "Version", "PackageType")
    expected = ["python3.11", role, "index.handler", "one", 7, 128, "Active", "$LATEST", "Zip"]
    assert [configuration[word] for word in words] == expected
    assert found["Tags"] == {"team": "growth"}
    functions.get_waiter("function_active_v2").wait(FunctionName=name)
    functions.delete_function(FunctionName=name)
    with pytest.raises(functions.exceptions.ResourceNotFoundException, match=f"Function not found: .*:function:{name}"):
        functions.get_function(FunctionName=name)


def test_a_function_is_named_by_its_arn_and_parts_of_it(functions, function):
    name = function(ONE)
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    for said in (arn, f"123456789012:function:{name}", f"function:{name}", f"{arn}:$LATEST"):
        assert functions.get_function_configuration(FunctionName=said)["FunctionName"] == name


def test_code_may_lie_in_s3(functions, function, ask, shared_server):
    s3 = shared_server.client("s3")
    s3.create_bucket(Bucket="function-code")
    s3.put_object(Bucket="function-code", Key="one.zip", Body=zipped({"index.py": ONE}))
    name = function("", Code={"S3Bucket": "function-code", "S3Key": "one.zip"})
    assert ask(name) == 1
    with pytest.raises(ClientError) as error:
        function("", Code={"S3Bucket": "function-code", "S3Key": "nothing.zip"})
    assert code_of(error) == "InvalidParameterValueException"


def test_code_and_configuration_change(functions, function, ask):
    name = function("import os\ndef handler(event, context):\n    return os.environ.get('OWN')\n")
    before = functions.get_function_configuration(FunctionName=name)["RevisionId"]
    changed = functions.update_function_configuration(
        FunctionName=name, Environment={"Variables": {"OWN": "b"}}, Timeout=9, MemorySize=256
    )
    assert (changed["Timeout"], changed["MemorySize"]) == (9, 256)
    assert changed["RevisionId"] != before
    assert ask(name) == "b"
    functions.update_function_code(FunctionName=name, ZipFile=zipped({"index.py": TWO}))
    assert ask(name) == 2
    with pytest.raises(ClientError) as error:
        functions.update_function_code(FunctionName=name, ZipFile=zipped({"index.py": ONE}), RevisionId=before)
    assert code_of(error) == "PreconditionFailedException"


def test_versions_stay_and_aliases_move(functions, function, ask):
    name = function(ONE)
    first = functions.publish_version(FunctionName=name, Description="first")
    assert (first["Version"], first["FunctionArn"].rpartition(":")[2]) == ("1", "1")
    assert functions.publish_version(FunctionName=name)["Version"] == "1"
    functions.update_function_code(FunctionName=name, ZipFile=zipped({"index.py": TWO}))
    assert functions.publish_version(FunctionName=name)["Version"] == "2"
    listed = functions.list_versions_by_function(FunctionName=name)["Versions"]
    assert [one["Version"] for one in listed] == ["$LATEST", "1", "2"]
    made = functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    assert made["AliasArn"].endswith(f":{name}:live")
    assert ask(name, Qualifier="live") == 1
    functions.update_alias(FunctionName=name, Name="live", FunctionVersion="2")
    assert functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"] == "2"
    assert ask(f"{name}:live") == 2
    assert ask(name, Qualifier="1") == 1
    assert [one["Name"] for one in functions.list_aliases(FunctionName=name)["Aliases"]] == ["live"]
    with pytest.raises(functions.exceptions.ResourceConflictException, match="in use by the alias live"):
        functions.delete_function(FunctionName=name, Qualifier="2")
    functions.delete_alias(FunctionName=name, Name="live")
    functions.delete_function(FunctionName=name, Qualifier="2")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_alias(FunctionName=name, Name="live")


def test_functions_are_listed_in_pages(functions, function):
    names = [function(ONE) for _ in range(3)]
    pages = functions.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2})
    listed = [one["FunctionName"] for page in pages for one in page["Functions"]]
    assert set(names) <= set(listed)
    assert listed == sorted(listed)
    assert len(functions.list_functions(MaxItems=1)["Functions"]) == 1


def test_permissions_are_kept_and_taken_back(functions, function):
    name = function(ONE)
    given = {"Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"}
    source = "arn:aws:events:us-east-1:123456789012:rule/r"
    made = functions.add_permission(FunctionName=name, StatementId="one", SourceArn=source, **given)
    policy = json.loads(functions.get_policy(FunctionName=name)["Policy"])
    assert policy["Statement"] == [json.loads(made["Statement"])]
    assert policy["Statement"][0]["Condition"] == {"ArnLike": {"AWS:SourceArn": source}}
    with pytest.raises(functions.exceptions.ResourceConflictException):
        functions.add_permission(FunctionName=name, StatementId="one", **given)
    functions.remove_permission(FunctionName=name, StatementId="one")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_policy(FunctionName=name)


def test_what_becomes_of_events_is_set_changed_and_forgotten(functions, function):
    name = function(ONE)
    functions.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=1, MaximumEventAgeInSeconds=60)
    functions.update_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    found = functions.get_function_event_invoke_config(FunctionName=name)
    assert (found["MaximumRetryAttempts"], found["MaximumEventAgeInSeconds"]) == (0, 60)
    assert found["FunctionArn"].endswith(f":{name}:$LATEST")
    listed = functions.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"]
    assert [one["FunctionArn"] for one in listed] == [found["FunctionArn"]]
    functions.delete_function_event_invoke_config(FunctionName=name)
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_function_event_invoke_config(FunctionName=name)


def test_tags_are_put_and_taken_away(functions, function):
    arn = functions.get_function_configuration(FunctionName=function(ONE))["FunctionArn"]
    functions.tag_resource(Resource=arn, Tags={"team": "growth", "stage": "dev"})
    functions.untag_resource(Resource=arn, TagKeys=["team"])
    assert functions.list_tags(Resource=arn)["Tags"] == {"stage": "dev"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"Runtime": "java21"}, "functions are in Python or in Node.js"),
        ({"Role": "arn:aws:iam::123456789012:role/nobody"}, "cannot be assumed by Lambda"),
        ({"Role": "arn:aws:iam::123456789012:role/SageMakerRole"}, "cannot be assumed by Lambda"),
        ({"Code": {"ZipFile": b"no zip"}}, "Could not unzip uploaded file"),
        ({"Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:x:1"]}, "layer:x:1 does not exist"),
        ({"PackageType": "Image"}, "container images are not run here"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "reserved keys"),
    ],
)
def test_what_cannot_be_a_function_is_refused_with_the_reason(function, more, said):
    with pytest.raises(ClientError) as error:
        function(ONE, **more)
    assert code_of(error) == "InvalidParameterValueException"
    assert said in str(error.value)


def test_a_name_is_given_once(functions, function, role):
    name = function(ONE)
    words = {"Runtime": "python3.11", "Role": role, "Handler": "index.handler"}
    with pytest.raises(functions.exceptions.ResourceConflictException, match=f"Function already exist: {name}"):
        functions.create_function(FunctionName=name, Code={"ZipFile": zipped({"index.py": ONE})}, **words)


def test_a_zip_that_leads_out_of_its_folder_runs_nothing(function, functions):
    name = function("", Code={"ZipFile": zipped({"index.py": ONE, "../out.py": "x"})})
    with pytest.raises(ClientError, match="leads out of its folder"):
        functions.invoke(FunctionName=name)
