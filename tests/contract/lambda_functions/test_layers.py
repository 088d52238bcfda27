"""Layers: published in versions, found below /opt by the functions that have them, listed, deleted."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from botocore.exceptions import ClientError

from .conftest import zipped

ASKS = """
import os
def handler(event, context):
    import shared
    return [shared.NAME, open("/opt/notes.txt").read(), os.path.exists("/opt/ormer/runtimes")]
"""


def test_functions_find_their_layers_below_opt_the_last_on_top(functions, function):
    first = functions.publish_layer_version(
        LayerName="lower",
        Description="below",
        CompatibleRuntimes=["python3.11"],
        Content={"ZipFile": zipped({"python/shared.py": "NAME = 'lower'", "notes.txt": "of the lower"})},
    )
    second = functions.publish_layer_version(
        LayerName="upper", Content={"ZipFile": zipped({"python/shared.py": "NAME = 'upper'"})}
    )
    assert (first["Version"], first["Description"]) == (1, "below")
    layers = [first["LayerVersionArn"], second["LayerVersionArn"]]
    name = function(ASKS, Layers=layers)
    assert [one["Arn"] for one in functions.get_function_configuration(FunctionName=name)["Layers"]] == layers
    answer = json.loads(functions.invoke(FunctionName=name, Payload=b"{}")["Payload"].read())
    assert answer == ["upper", "of the lower", True]
    functions.delete_layer_version(LayerName="upper", VersionNumber=1)
    assert json.loads(functions.invoke(FunctionName=name, Payload=b"{}")["Payload"].read())[0] == "upper"
    changed = functions.update_function_configuration(FunctionName=name, Layers=layers[:1])
    assert [one["Arn"] for one in changed["Layers"]] == layers[:1]
    assert json.loads(functions.invoke(FunctionName=name, Payload=b"{}")["Payload"].read())[0] == "lower"
    assert "Layers" not in functions.update_function_configuration(FunctionName=name, Layers=[])


def test_versions_of_a_layer_are_answered_listed_and_deleted(functions):
    for number in (1, 2):
        functions.publish_layer_version(LayerName="counted", Content={"ZipFile": zipped({"a.txt": str(number)})})
    listed = functions.list_layer_versions(LayerName="counted")["LayerVersions"]
    assert [one["Version"] for one in listed] == [2, 1]
    layer = next(one for one in functions.list_layers()["Layers"] if one["LayerName"] == "counted")
    assert layer["LatestMatchingVersion"]["Version"] == 2
    found = functions.get_layer_version(LayerName="counted", VersionNumber=2)
    assert found["Content"]["CodeSize"] > 0
    assert functions.get_layer_version_by_arn(Arn=found["LayerVersionArn"])["Version"] == 2
    functions.delete_layer_version(LayerName="counted", VersionNumber=2)
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_layer_version(LayerName="counted", VersionNumber=2)
    again = functions.publish_layer_version(LayerName="counted", Content={"ZipFile": zipped({"a.txt": "3"})})
    assert again["Version"] == 3


def test_a_layer_that_is_not_here_is_refused_by_name(functions, function):
    pandas = "arn:aws:lambda:us-east-1:336392948345:layer:AWSSDKPandas-Python37:5"
    with pytest.raises(ClientError, match="Layers of other accounts, AWS's own among them, are not here"):
        function("", Layers=[pandas])


RUNS = """
import subprocess
def handler(event, context):
    told = subprocess.run(["/opt/tool/where"], stdout=subprocess.PIPE, text=True, check=True)
    return told.stdout.split()
"""


def test_a_layers_script_runs_by_the_python_that_awss_functions_have(functions, function):
    """The AWS CLI that the CDK brings for deployments of buckets begins so."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        info = zipfile.ZipInfo("tool/where")
        info.external_attr = 0o755 << 16
        archive.writestr(info, "#!/var/lang/bin/python\nimport boto3, sys\nprint(sys.prefix, boto3.__name__)\n")
    layer = functions.publish_layer_version(LayerName="tool", Content={"ZipFile": packed.getvalue()})
    name = function(RUNS, Layers=[layer["LayerVersionArn"]])
    answer = json.loads(functions.invoke(FunctionName=name, Payload=b"{}")["Payload"].read())
    assert answer == ["/var/lang", "boto3"]


def test_layers_of_other_accounts_and_regions_are_not_here(functions):
    own = functions.publish_layer_version(LayerName="own", Content={"ZipFile": zipped({"a.txt": "1"})})["LayerArn"]
    assert functions.list_layer_versions(LayerName=own)["LayerVersions"][0]["Version"] == 1
    for other in (own.replace(own.split(":")[4], "210987654321"), own.replace("us-east-1", "eu-west-1")):
        for call, request in (
            (functions.publish_layer_version, {"Content": {"ZipFile": zipped({"a.txt": "2"})}}),
            (functions.list_layer_versions, {}),
            (functions.delete_layer_version, {"VersionNumber": 1}),
        ):
            with pytest.raises(ClientError, match="other accounts and regions"):
                call(LayerName=other, **request)
