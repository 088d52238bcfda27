"""What the deployed endpoint is asked for."""

import importlib.util
from pathlib import Path

import pytest

SPEC = importlib.util.spec_from_file_location("endpoint_tests", Path(__file__).parents[1] / "test" / "test.py")
endpoint_tests = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(endpoint_tests)


@pytest.mark.parametrize(("group", "asked"), [("abalone-p-1", True), ("bank-marketing", False)])
def test_animals_are_asked_of_models_of_the_project_s_own_group(group, asked):
    config = {
        "Parameters": {
            "SageMakerProjectName": "abalone",
            "ModelPackageName": f"arn:aws:sagemaker:us-east-1:123456789012:model-package/{group}/7",
        },
        "Tags": {"sagemaker:project-id": "p-1"},
    }
    assert endpoint_tests.about_animals(config) == asked
