"""A stack of each template: what stands, what begins by itself, and what stays when it is deleted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.engines.delivery.conftest import Bench, bench_in

from ormer.stores import products

JsonDict = dict[str, Any]
SEEDS = "sagemaker-servicecatalog-seedcode-us-east-1"
FLAGSHIP = "model-building-training-deployment-and-monitoring"
WORDS = {
    FLAGSHIP: {"modelbuild", "modeldeploy", "modelmonitor"},
    "model-building-training-and-deployment": {"modelbuild", "modeldeploy"},
    "model-building-and-training": {"modelbuild"},
    "model-deployment": {"modeldeploy"},
}
RULES = {
    FLAGSHIP: 5,
    "model-building-training-and-deployment": 3,
    "model-building-and-training": 1,
    "model-deployment": 2,
}
NAME, ID = "abalone", "p-abcdefghijkl"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Deliveries and stacks move; builds wait, so that nothing is installed."""
    made = bench_in(tmp_path / "home")
    yield made
    made.close()


def stand(bench: Bench, template: str) -> JsonDict:
    """The project's stack, once it stands."""
    product = products.find(template)
    assert product is not None
    given = {"SageMakerProjectName": NAME, "SageMakerProjectId": ID}
    if template == "model-deployment":
        given["SourceModelPackageGroupName"] = "abalones"
    bench.api(
        "cloudformation",
        "CreateStack",
        {
            "StackName": "project",
            "TemplateURL": f"https://s3.us-east-1.amazonaws.com/{SEEDS}/{product.key}",
            "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
            "Tags": [{"Key": "sagemaker:project-name", "Value": NAME}],
        },
    )
    bench.until(lambda: not stack(bench)["StackStatus"].endswith("IN_PROGRESS"))
    return stack(bench)


def stack(bench: Bench) -> JsonDict:
    found: JsonDict = bench.api("cloudformation", "DescribeStacks", {"StackName": "project"})["Stacks"][0]
    return found


@pytest.mark.parametrize("template", sorted(WORDS))
def test_its_deliveries_begin_once_with_the_seed_as_their_source(bench: Bench, template: str) -> None:
    stood = stand(bench, template)
    assert stood["StackStatus"] == "CREATE_COMPLETE", stood
    names = {f"sagemaker-{NAME}-{ID}-{word}": word for word in WORDS[template]}
    assert {one["name"] for one in bench("ListPipelines")["pipelines"]} == set(names)
    for name in names:
        bench.until(lambda name=name: bool(bench.action(name, "Build", _build(bench, name))))
        assert len(bench.executions(name)) == 1
    assert len(bench.api("events", "ListRules", {})["Rules"]) == RULES[template]


def _build(bench: Bench, name: str) -> str:
    stage = bench.stage(name, "Build")
    return str(stage["actionStates"][0]["actionName"])


def test_its_repositories_hold_the_seeds_and_are_known_to_sagemaker(bench: Bench) -> None:
    stand(bench, FLAGSHIP)
    for word, seed in (("modelbuild", "model-building-workflow"), ("modeldeploy", "model-deployment")):
        repository = f"sagemaker-{NAME}-{ID}-{word}"
        found = bench.api("codecommit", "GetFile", {"repositoryName": repository, "filePath": "README.md"})
        folder = next(each / seed for each in products.folders("seeds") if (each / seed).is_dir())
        assert bytes(found["fileContent"]) == (folder / "README.md").read_bytes()
        known = bench.api("sagemaker", "DescribeCodeRepository", {"CodeRepositoryName": f"{NAME}-{ID}-{word}"})
        assert known["GitConfig"]["RepositoryUrl"].endswith(f"/v1/repos/{repository}")


def test_a_deleted_project_leaves_its_bucket_and_nothing_else(bench: Bench) -> None:
    stood = stand(bench, FLAGSHIP)
    bench.api("cloudformation", "DeleteStack", {"StackName": "project"})
    deleted = {"StackName": stood["StackId"]}
    bench.until(
        lambda: bench.api("cloudformation", "DescribeStacks", deleted)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"
    )
    assert bench("ListPipelines")["pipelines"] == []
    assert bench.api("codecommit", "ListRepositories", {})["repositories"] == []
    assert bench.api("events", "ListRules", {})["Rules"] == []
    buckets = [bucket["Name"] for bucket in bench.api("s3", "ListBuckets", {})["Buckets"]]
    assert buckets == [f"sagemaker-project-{ID}"]
