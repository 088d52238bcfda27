"""Which models are evaluated, in every runtime; and what is said of those that are not."""

from __future__ import annotations

import json

import pytest

from ormer.engines.hosting.trees import NotFlat, build

FIVE = b"0.5,-1,,2.25,0\n-3,0,1,nan,4\n"
OBJECTIVES = {
    "reg:squarederror": "real",
    "reg:linear": "real",
    "reg:logistic": "unit",
    "reg:squaredlogerror": "positive",
    "reg:pseudohubererror": "real",
    "reg:absoluteerror": "real",
    "reg:gamma": "positive",
    "reg:tweedie": "positive",
    "count:poisson": "positive",
    "survival:cox": "positive",
    "survival:aft": "positive",
    "binary:logistic": "class2",
    "binary:logitraw": "class2",
    "binary:hinge": "class2",
    "rank:pairwise": "class2",
    "rank:ndcg": "class2",
    "rank:map": "class2",
    "multi:softmax": "class3",
    "multi:softprob": "class3",
}
SHAPES = {
    "a base score": {"base_score": 0.25},
    "a forest in every round": {"num_parallel_tree": 3, "subsample": 0.5},
    "dropped trees": {"booster": "dart", "rate_drop": 0.3},
    "lopsided trees": {"tree_method": "hist", "grow_policy": "lossguide", "max_leaves": 30, "max_depth": 0},
    "exact splits": {"tree_method": "exact"},
    "no gaps in its data": {"missing": 0.0},
    "one tree": {"rounds": 1},
    "nine trees": {"rounds": 9},
    "stumps": {"max_depth": 1},
}


def models() -> dict[str, dict]:
    made = {}
    for objective, labels in OBJECTIVES.items():
        classes = {"num_class": 3} if objective.startswith("multi:") else {}
        made[objective] = {"objective": objective, "labels": labels, **classes}
    for name, parameters in SHAPES.items():
        made[f"{name}, binary:logistic"] = {"objective": "binary:logistic", "labels": "class2", **parameters}
        made[f"{name}, multi:softprob"] = {
            "objective": "multi:softprob",
            "labels": "class3",
            "num_class": 3,
            **parameters,
            **({"base_score": 0.7} if "base_score" in parameters else {}),
        }
    return made


@pytest.fixture(scope="module", params=["legacy", "modern", "own"])
def exports(request, runtimes, tmp_path_factory):
    """{name: folder} of every model, trained and exported by one runtime."""
    top = tmp_path_factory.mktemp("models")
    runtime = runtimes(request.param)
    roots = {name: top / str(number) for number, name in enumerate(models())}
    runtime.train([{"path": roots[name] / "model" / "xgboost-model", **model} for name, model in models().items()])
    runtime.export({str(root): {"ORMER_IMAGE_TAG": "1.7-1"} for root in roots.values()})
    return {name: root / "flat" for name, root in roots.items()}


@pytest.mark.parametrize("name", models())
def test_a_model_gives_every_exported_prediction_back(exports, name):
    evaluator = build(exports[name], {})
    answer = evaluator.answer(FIVE, "text/csv", "application/jsonlines")
    assert [set(json.loads(line)) for line in answer.body.splitlines()] == [{"score"}] * 2


@pytest.mark.parametrize("runtime", ["legacy", "modern"])
def test_rounds_after_the_best_one_are_left_out(runtimes, runtime, tmp_path):
    model = {"rounds": 12, "pickled": True}
    paths = [tmp_path / name / "model" / "xgboost-model" for name in ("all", "best", "six")]
    for path, more in zip(paths, ({}, {"attributes": {"best_iteration": "5"}}, {"rounds": 6}), strict=True):
        runtimes(runtime).train([{"path": path, **model, **more}])
    runtimes(runtime).export({str(path.parents[1]): {"ORMER_IMAGE_TAG": "1.0-1"} for path in paths})
    everything, best, six = (build(path.parents[1] / "flat", {}).answer(FIVE, "text/csv", "").body for path in paths)
    assert best == six != everything


def reason(runtimes, root, environ=None, **model) -> str:
    runtimes("own").train([{"path": root / "model" / "xgboost-model", **model}])
    runtimes("own").export({str(root): {}})
    with pytest.raises(NotFlat) as caught:
        build(root / "flat", environ or {})
    return str(caught.value)


def test_a_linear_model_is_left_to_its_server(runtimes, tmp_path):
    assert "gblinear" in reason(runtimes, tmp_path, booster="gblinear", max_depth=None)


def test_an_ensemble_is_left_to_its_server(runtimes, tmp_path):
    runtimes("own").train([{"path": tmp_path / "model" / "xgboost-model-0"}])
    runtimes("own").train([{"path": tmp_path / "model" / "xgboost-model-1"}])
    runtimes("own").export({str(tmp_path): {"ORMER_IMAGE_TAG": "1.7-1"}})
    with pytest.raises(NotFlat, match="2 models that answer together"):
        build(tmp_path / "flat", {})


@pytest.mark.parametrize("variable", ["SAGEMAKER_INFERENCE_OUTPUT", "SAGEMAKER_BATCH", "SAGEMAKER_PROGRAM"])
def test_a_variable_that_reshapes_answers_leaves_the_model_to_its_server(tmp_path, variable):
    with pytest.raises(NotFlat, match=variable):
        build(tmp_path, {variable: "something"})


def test_a_body_above_the_servers_limit_is_the_servers(exports):
    folder = exports["reg:squarederror"]
    body = FIVE * 40000
    assert build(folder, {"SAGEMAKER_MAX_PAYLOAD_IN_MB": "20"}).answer(body, "text/csv", "").status == 200
    small = build(folder, {"SAGEMAKER_MAX_PAYLOAD_IN_MB": "1", "MAX_CONTENT_LENGTH": "1000"})
    assert small.answer(FIVE, "text/csv", "").status == 200
    assert small.answer(body, "text/csv", "") is None


def test_the_models_own_default_accept_is_followed(exports):
    evaluator = build(exports["reg:squarederror"], {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "application/json"})
    assert evaluator.answer(FIVE, "text/csv", "*/*").content_type == "application/json"
    assert evaluator.answer(FIVE, "text/csv", "text/csv").content_type == "text/csv; charset=utf-8"
    odd = build(exports["reg:squarederror"], {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "application/x-npy"})
    assert odd.answer(FIVE, "text/csv", "") is None
