"""Which image URI means which runtime, and what is said about the others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ormer.engines.images import Catalogue, ImageNotMapped, recipes
from ormer.engines.images.catalogue import add, remove

ECR = "683313688378.dkr.ecr.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("uri", "kind", "runtime", "tag"),
    [
        (f"{ECR}/sagemaker-scikit-learn:0.20.0-cpu-py3", "sklearn", "legacy", "0.20.0-cpu-py3"),
        (f"{ECR}/sagemaker-scikit-learn:0.23-1-cpu-py3", "sklearn", "legacy", "0.23-1-cpu-py3"),
        (f"{ECR}/sagemaker-scikit-learn:1.2-1-cpu-py3", "sklearn", "sklearn-1.2", "1.2-1-cpu-py3"),
        (f"{ECR}/sagemaker-scikit-learn:1.4-2-cpu-py3", "sklearn", "modern", "1.4-2-cpu-py3"),
        (f"{ECR}/sagemaker-scikit-learn:1.4-2-py312", "sklearn", "modern", "1.4-2-py312"),
        (f"{ECR}/sagemaker-scikit-learn:1.9-0-cpu-py3", "sklearn", "modern", "1.9-0-cpu-py3"),
        (f"{ECR}/sagemaker-xgboost:0.90-1-cpu-py3", "xgboost", "legacy", "0.90-1-cpu-py3"),
        (f"{ECR}/sagemaker-xgboost:0.90-2-cpu-py3", "xgboost", "legacy", "0.90-2-cpu-py3"),
        (f"{ECR}/sagemaker-xgboost:1.0-1-cpu-py3", "xgboost", "legacy", "1.0-1-cpu-py3"),
        (f"{ECR}/sagemaker-xgboost:1.2-2", "xgboost", "legacy", "1.2-2"),
        (f"{ECR}/sagemaker-xgboost:1.3-1", "xgboost", "legacy", "1.3-1"),
        (f"{ECR}/sagemaker-xgboost:1.7-1-1", "xgboost", "legacy", "1.7-1-1"),
        (f"{ECR}/sagemaker-xgboost:3.0-5", "xgboost", "modern", "3.0-5"),
        (f"{ECR}/sagemaker-xgboost:3.2-0", "xgboost", "modern", "3.2-0"),
        ("811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1", "xgboost", "legacy", "1"),
        ("433757028032.dkr.ecr.us-west-2.amazonaws.com/xgboost:latest", "xgboost", "legacy", "latest"),
        ("382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1", "linear_learner", "modern", "1"),
        ("174872318107.dkr.ecr.us-west-2.amazonaws.com/linear-learner:latest", "linear_learner", "modern", "latest"),
        ("174872318107.dkr.ecr.us-west-2.amazonaws.com/kmeans:1", "kmeans", "modern", "1"),
        ("174872318107.dkr.ecr.us-west-2.amazonaws.com/pca:1", "pca", "modern", "1"),
        ("174872318107.dkr.ecr.us-west-2.amazonaws.com/knn:1", "knn", "modern", "1"),
        ("174872318107.dkr.ecr.us-west-2.amazonaws.com/randomcutforest:1", "random_cut_forest", "modern", "1"),
        ("266724342769.dkr.ecr.us-west-2.amazonaws.com/lda:1", "lda", "modern", "1"),
        (f"{ECR}/factorization-machines", "factorization_machines", "modern", "latest"),
        (f"{ECR}/sagemaker-model-monitor-analyzer", "model_monitor", "analyzers", "latest"),
        (f"{ECR}/sagemaker-clarify-processing:1.0", "clarify", "analyzers", "1.0"),
        (f"{ECR}/sagemaker-base-python-310:1.0", "script", "remote-3.10", "1.0"),
        (f"{ECR}/sagemaker-base-python-38:1.0", "script", "remote-3.8", "1.0"),
        (f"{ECR}/pytorch-training:1.12.0-cpu-py38", "pytorch", "pytorch", "1.12.0-cpu-py38"),
        (f"{ECR}/pytorch-inference:2.6.0-gpu-py312", "pytorch", "pytorch", "2.6.0-gpu-py312"),
        (f"{ECR}/tensorflow-training:2.8-cpu-py39", "tensorflow", "tensorflow-2.15", "2.8-cpu-py39"),
        (f"{ECR}/tensorflow-inference:2.15.0-cpu", "tensorflow", "tensorflow-2.15", "2.15.0-cpu"),
        (f"{ECR}/tensorflow-inference:2.16.1-cpu", "tensorflow", "tensorflow", "2.16.1-cpu"),
        ("python:3.12-slim", "script", "python@3.12", "3.12-slim"),
        ("public.ecr.aws/docker/library/python:3.11", "script", "python@3.11", "3.11"),
        ("ormer/python", "script", "python", "latest"),
        ("localhost:5000/ormer/python:latest", "script", "python", "latest"),
    ],
)  # fmt: skip
def test_an_image_is_known_by_repository_and_tag(tmp_path: Path, uri: str, kind: str, runtime: str, tag: str) -> None:
    image = Catalogue.load(tmp_path).image(uri)
    assert (image.kind, image.runtime_key, image.tag) == (kind, runtime, tag)
    assert image.environment == {"ORMER_IMAGE_REPOSITORY": image.repository, "ORMER_IMAGE_TAG": tag}


@pytest.mark.parametrize(
    "uri", ["nobody/knows:1", "my-sagemaker-xgboost:1.0-1", f"{ECR}/mxnet-training:1.9", "", "a b"]
)
def test_an_unmapped_image_is_refused_with_the_command_that_maps_it(tmp_path: Path, uri: str) -> None:
    with pytest.raises(ImageNotMapped) as caught:
        Catalogue.load(tmp_path).image(uri)
    assert f"`ormer images add {uri} --requirements requirements.txt`" in str(caught.value)


def test_an_unknown_tag_of_a_known_image_is_told_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ImageNotMapped, match=r"Tags of sagemaker-xgboost that are mapped: 0\.90-1, .*3\.0-5"):
        Catalogue.load(tmp_path).image(f"{ECR}/sagemaker-xgboost:99.0-1")


def test_every_runtime_but_the_large_ones_has_a_lock_with_hashes_and_no_address(tmp_path: Path) -> None:
    catalogue = Catalogue.load(tmp_path)
    assert {entry.runtime for entry in catalogue.entries} <= set(catalogue.recipes)
    assert {recipe.name for recipe in catalogue.recipes.values() if not recipe.locked} == {
        recipe.name for recipe in catalogue.recipes.values() if recipe.large
    }
    for recipe in [recipe for recipe in catalogue.recipes.values() if recipe.locked]:
        for python in recipe.pythons:
            text = recipe.requirements_text(python)
            assert "://" not in text
            pinned = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
            assert pinned and all("==" in line and line.endswith("\\") for line in pinned)


def test_the_scikit_learn_of_an_image_before_1_2_and_of_1_2_are_on_their_own_sides_of_it(tmp_path: Path) -> None:
    catalogue = Catalogue.load(tmp_path)

    def version(tag: str) -> tuple[int, ...]:
        recipe = catalogue.recipe(catalogue.image(f"{ECR}/sagemaker-scikit-learn:{tag}").runtime_key)
        found = re.search(r"^scikit-learn==([0-9.]+)", recipe.requirements_text("3.11"), re.MULTILINE)
        assert found is not None
        return tuple(int(part) for part in found[1].split("."))

    assert version("0.23-1-cpu-py3") < (1, 2) <= version("1.2-1-cpu-py3") < (1, 3)


def test_an_added_image_comes_before_the_catalogue_and_matches_in_any_region(tmp_path: Path) -> None:
    uri = f"{ECR}/sagemaker-xgboost:1.0-1"
    image = add(tmp_path, uri, "polars\n", kind="script")
    assert image.kind == "script" and image.runtime_key.startswith("own-")
    elsewhere = "1.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:1.0-1"
    assert Catalogue.load(tmp_path).image(elsewhere).runtime_key == image.runtime_key
    assert remove(tmp_path, uri)
    assert not remove(tmp_path, uri)
    assert Catalogue.load(tmp_path).image(uri).runtime_key == "legacy"


def test_equal_requirements_share_one_runtime_and_another_python_does_not(tmp_path: Path) -> None:
    first = add(tmp_path, "me/one:1", "polars\n")
    second = add(tmp_path, "me/two:1", "polars\n")
    third = add(tmp_path, "me/three:1", "polars\n", python="3.12")
    assert first.runtime_key == second.runtime_key != third.runtime_key
    assert Catalogue.load(tmp_path).recipe(third.runtime_key).pythons == ("3.12",)


def test_the_key_of_a_runtime_changes_with_its_requirements_and_python(tmp_path: Path) -> None:
    recipes = Catalogue.load(tmp_path).recipes
    keys = [recipe.key(python) for recipe in recipes.values() for python in recipe.pythons]
    assert len(set(keys)) == len(keys)
    assert recipes["python"].key("3.12") == Catalogue.load(tmp_path).recipe("python@3.12").key("3.12")


def test_every_lock_holds_what_its_requirements_ask_for() -> None:
    locks = Path(recipes.__file__).parent / "locks"
    held = list(locks.glob("*.txt"))
    assert len(held) == 19
    for file in held:
        names = {re.split("[<>=!~ ]", line)[0] for line in file.with_suffix(".in").read_text().split()}
        locked = set(re.findall(r"^([a-z0-9.-]+)==", file.read_text(), re.MULTILINE))
        assert names <= locked, file.name
