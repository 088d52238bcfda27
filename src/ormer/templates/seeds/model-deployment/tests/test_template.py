"""The stages' parameters are those of the template."""

import json
import re
from pathlib import Path

import pytest

import build

HERE = Path(__file__).parents[1]


@pytest.mark.parametrize("stage", ["staging", "prod"])
def test_every_parameter_of_the_template_has_a_value(stage):
    template = (HERE / "endpoint-config-template.yml").read_text()
    declared = re.search(r"^Parameters:\n(.*?)^Resources:", template, re.M | re.S)[1]
    names = set(re.findall(r"^  (\w+):", declared, re.M))
    arguments = type("Arguments", (), dict.fromkeys(ARGUMENTS, "x"))
    given = json.loads((HERE / f"{stage}-config.json").read_text())
    assert set(build.stage_config(given, "arn", arguments)["Parameters"]) == names
    assert given["Parameters"]["StageName"] == stage


ARGUMENTS = ("sagemaker_project_name", "sagemaker_project_id", "model_execution_role", "s3_bucket")
