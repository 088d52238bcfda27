"""Whole Clarify jobs against a real model server: formats in, formats out, predictions, explanations, errors."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest

WEIGHTS = np.array([1.0, -2.0, 0.5])
ROWS = [[0.1 * (i % 7), 0.2 * (i % 5), 0.3 * (i % 3)] for i in range(60)]


def probability(row: list[float]) -> float:
    return float(1 / (1 + np.exp(-(np.array(row, dtype=float) @ WEIGHTS))))


LABELS = [int(probability(row) > 0.5) for row in ROWS]


def csv_text(header: str = "") -> str:
    lines = [",".join(map(str, [label, *row])) for label, row in zip(LABELS, ROWS, strict=True)]
    return "\n".join(([header] if header else []) + lines) + "\n"


def csv_answer(body: str, kind: str) -> tuple[int, str, str]:
    rows = [[float(cell) for cell in line.split(",")] for line in body.splitlines()]
    return 200, "\n".join(str(probability(row)) for row in rows), "text/csv"


def config(methods: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "dataset_type": "text/csv",
        "headers": ["y", "a", "b", "c"],
        "label": "y",
        "label_values_or_threshold": [1],
        "facet": [{"name_or_index": "a", "value_or_threshold": [0.3]}],
        "methods": methods,
        "predictor": {"model_name": "m", "instance_type": "ml.m5.large", "initial_instance_count": 1},
        **more,
    }


POST = {"post_training_bias": {"methods": "all"}}
SHAP = {"shap": {"baseline": [[0.0, 0.0, 0.0]]}}


def metric(job: Any, name: str, section: str = "post_training_bias_metrics", facet: str = "a") -> Any:
    (entry,) = job.output()[section]["facets"][facet]
    return {one["name"]: one for one in entry["metrics"]}[name]


def test_predictions_above_the_threshold_are_compared_with_the_labels(job: Any, serve: Any) -> None:
    job.use(serve(csv_answer))
    job.write("data.csv", csv_text())
    assert job.run(config(POST)) == 0
    assert metric(job, "AD")["value"] == 0.0
    assert metric(job, "CDDPL") == {
        "name": "CDDPL",
        "description": "Conditional Demographic Disparity in Predicted Labels (CDDPL)",
        "value": None,
        "error": "Group variable is empty or not provided",
    }
    names = [one["name"] for one in job.output()["post_training_bias_metrics"]["facets"]["a"][0]["metrics"]]
    assert names == sorted(names) and len(names) == 13


def test_the_order_of_sections_is_post_before_pre_before_explanations(job: Any, serve: Any) -> None:
    job.use(serve(csv_answer))
    job.write("data.csv", csv_text())
    assert job.run(config({**SHAP, "pre_training_bias": {"methods": ["CI"]}, **POST})) == 0
    assert list(job.output()) == ["version", "post_training_bias_metrics", "pre_training_bias_metrics", "explanations"]


def test_headerless_data_gets_column_names_by_index(job: Any, serve: Any) -> None:
    job.use(serve(csv_answer))
    job.write("part-0.csv", csv_text())
    asked = config(SHAP | POST, label=0, facet=[{"name_or_index": 1, "value_or_threshold": [[0.3]]}])
    del asked["headers"]
    assert job.run(asked) == 0
    analysis = job.output()
    assert list(analysis["explanations"]["kernel_shap"]["label0"]["global_shap_values"]) == [
        "column_1",
        "column_2",
        "column_3",
    ]
    assert list(analysis["post_training_bias_metrics"]["facets"]) == ["column_1"]
    assert analysis["post_training_bias_metrics"]["label"] == "column_0"


def test_a_header_row_is_recognized_with_and_without_configured_headers(job: Any, serve: Any) -> None:
    job.use(serve(csv_answer))
    job.write("data.csv", csv_text("y,a,b,c"))
    assert job.run(config(SHAP)) == 0
    with_headers = job.output()
    asked = config(SHAP)
    del asked["headers"]
    assert job.run(asked) == 0
    assert job.output() == with_headers


def test_local_values_add_up_to_the_predictions_in_out_csv(job: Any, serve: Any) -> None:
    server = serve(csv_answer)
    job.use(server)
    job.write("data.csv", csv_text())
    assert job.run(config(SHAP)) == 0
    local = pl.read_csv(job.file("explanations_shap/out.csv"))
    assert local.columns == ["a_label0", "b_label0", "c_label0"]
    entry = job.output()["explanations"]["kernel_shap"]["label0"]
    sums = local.sum_horizontal().to_numpy() + entry["expected_value"]
    assert np.allclose(sums, [probability(row) for row in ROWS])
    assert entry["expected_value"] == pytest.approx(0.5)
    assert entry["global_shap_values"]["b"] == pytest.approx(local["b_label0"].abs().mean())
    assert pl.read_csv(job.file("explanations_shap/baseline.csv")).rows() == [(0.0, 0.0, 0.0)]
    assert len(server.requests) < 10, "records are asked for in batches"


BASELINE_ROWS = [[0.0, 0.0, 0.0], [1.0, 0.5, 0.25]]


@pytest.mark.parametrize(
    ("name", "dataset_type"),
    [
        ("plain.csv", "text/csv"),
        ("headed.csv", "text/csv"),
        ("turned.csv", "text/csv"),
        ("rows.parquet", "application/x-parquet"),
        ("rows.jsonl", "application/jsonlines"),
        ("rows.json", "application/json"),
    ],
)
def test_a_baseline_may_lie_in_a_file_of_the_datasets_type(
    job: Any, serve: Any, tmp_path: Any, name: str, dataset_type: str
) -> None:
    table = pl.DataFrame(BASELINE_ROWS, schema=["a", "b", "c"], orient="row")
    place, data = (
        tmp_path / name,
        pl.DataFrame({"y": LABELS}).hstack(pl.DataFrame(ROWS, schema=list("abc"), orient="row")),
    )
    if dataset_type == "text/csv":
        (table.select("c", "b", "a") if name == "turned.csv" else table).write_csv(
            place, include_header=name != "plain.csv"
        )
        job.write("data.csv", csv_text())
    elif dataset_type == "application/x-parquet":
        table.write_parquet(place)
        data.write_parquet(tmp_path / "data.parquet")
        job.write("data.parquet", (tmp_path / "data.parquet").read_bytes())
    elif dataset_type == "application/jsonlines":
        place.write_text("\n".join(json.dumps({"x": row}) for row in BASELINE_ROWS))
        job.write(
            "data.jsonl", "\n".join(json.dumps({"x": row, "t": label}) for row, label in zip(ROWS, LABELS, strict=True))
        )
    else:
        place.write_text(json.dumps({"x": BASELINE_ROWS}))
        job.write("data.json", json.dumps({"x": ROWS, "t": LABELS}))
    job.use(serve(csv_answer))
    job.environ["ORMER_STAGED_URIS"] = json.dumps({"s3://b/baseline": str(place)})
    asked = config({"shap": {"baseline": "s3://b/baseline"}}, dataset_type=dataset_type)
    asked["predictor"] |= {"content_type": "text/csv", "accept_type": "text/csv"}
    if "json" in dataset_type:
        asked |= {"headers": ["a", "b", "c", "y"], "features": "x", "label": "t"}
    assert job.run(asked) == 0, job.message
    expected = np.mean([probability(row) for row in BASELINE_ROWS])
    assert job.output()["explanations"]["kernel_shap"]["label0"]["expected_value"] == pytest.approx(expected)
    assert pl.read_csv(job.file("explanations_shap/baseline.csv")).rows() == [tuple(row) for row in BASELINE_ROWS]


def test_features_to_explain_and_saving_of_local_values_can_be_limited(job: Any, serve: Any) -> None:
    job.use(serve(csv_answer))
    job.write("data.csv", csv_text())
    shap = {**SHAP["shap"], "features_to_explain": ["b", 3], "save_local_shap_values": False}
    assert job.run(config({"shap": shap})) == 0
    values = job.output()["explanations"]["kernel_shap"]["label0"]["global_shap_values"]
    assert list(values) == ["b", "c"]
    assert not job.file("explanations_shap/out.csv").exists()


def test_partial_dependence_is_the_mean_prediction_at_bucket_centres(job: Any, serve: Any) -> None:
    job.use(serve(csv_answer))
    job.write("data.csv", csv_text())
    assert job.run(config({"pdp": {"grid_resolution": 3, "features": ["a"]}})) == 0
    (entry,) = job.output()["explanations"]["pdp"]
    assert entry["feature_values"] == pytest.approx([0.1, 0.3, 0.5])
    assert sum(entry["data_distribution"]) == pytest.approx(1.0)
    expected = [np.mean([probability([0.3, *row[1:]]) for row in ROWS])]
    assert entry["model_predictions"][0][1] == pytest.approx(expected[0])
    assert (entry["data_type"], entry["label_headers"]) == ("numerical", ["label0"])


def test_partial_dependence_takes_the_most_important_features_when_none_are_named(job: Any, serve: Any) -> None:
    job.use(serve(csv_answer))
    job.write("data.csv", csv_text())
    assert job.run(config({**SHAP, "pdp": {"grid_resolution": 4, "top_k_features": 2}})) == 0
    explanations = job.output()["explanations"]
    values = explanations["kernel_shap"]["label0"]["global_shap_values"]
    ranked = sorted(values, key=lambda name: -values[name])
    assert [entry["feature_name"] for entry in explanations["pdp"]] == ranked[:2]


def test_json_lines_go_in_and_out_through_templates_and_queries(job: Any, serve: Any) -> None:
    def answer(body: str, kind: str) -> tuple[int, str, str]:
        rows = [json.loads(line)["inputs"]["row"] for line in body.splitlines()]
        lines = [json.dumps({"out": {"score": probability(row)}}) for row in rows]
        return 200, "\n".join(lines), "application/jsonlines"

    server = serve(answer)
    job.use(server)
    lines = [json.dumps({"x": row, "t": label}) for row, label in zip(ROWS, LABELS, strict=True)]
    job.write("data.jsonl", "\n".join(lines))
    predictor = {"model_name": "m", "content_template": '{"inputs":{"row":$features}}', "probability": "out.score"}
    predictor |= {"custom_attributes": "tag=1", "target_model": "m.tar.gz"}
    methods = {**POST, "shap": {"baseline": [{"x": [0, 0, 0]}]}}
    asked = config(methods, dataset_type="application/jsonlines", features="x", label="t", predictor=predictor)
    assert job.run({**asked, "headers": ["a", "b", "c", "y"]}) == 0
    assert metric(job, "AD")["value"] == 0.0
    assert job.output()["explanations"]["kernel_shap"]["label0"]["expected_value"] == pytest.approx(0.5)
    kind, accept, headers, _ = server.requests[0]
    assert (kind, accept) == ("application/jsonlines", "application/jsonlines")
    assert headers["X-Amzn-SageMaker-Custom-Attributes"] == "tag=1"
    assert headers["X-Amzn-SageMaker-Target-Model"] == "m.tar.gz"


@pytest.mark.parametrize(
    ("content", "record", "row_of"),
    [
        ('{"instances":$records}', '{"features":$features}', lambda item: item["features"]),
        ("$records", "$features_kvp", lambda item: [item["a"], item["b"], item["c"]]),
        ("$records", '{"p":"${a}","q":"${b}","r":"${c}"}', lambda item: [item["p"], item["q"], item["r"]]),
        ('{"n":1,"instances":$records}', '{"f":$features,"names":$feature_names}', lambda item: item["f"]),
    ],
)
def test_json_documents_are_filled_from_record_templates(
    job: Any, serve: Any, content: str, record: str, row_of: Any
) -> None:
    def answer(body: str, kind: str) -> tuple[int, str, str]:
        document = json.loads(body)
        items = document["instances"] if isinstance(document, dict) else document
        return 200, json.dumps({"predictions": [{"p": probability(row_of(item))} for item in items]}), kind

    job.use(serve(answer))
    job.write("data.json", json.dumps({"rows": ROWS, "labels": LABELS}))
    predictor = {"model_name": "m", "content_template": content, "record_template": record, "label": "predictions[*].p"}
    asked = config(POST, dataset_type="application/json", features="rows", label="labels", predictor=predictor)
    assert job.run({**asked, "headers": ["a", "b", "c", "y"]}) == 0
    assert metric(job, "AD")["value"] == 0.0


def test_a_single_record_template_sends_one_record_at_a_time(job: Any, serve: Any) -> None:
    def answer(body: str, kind: str) -> tuple[int, str, str]:
        return 200, json.dumps({"score": probability(list(json.loads(body).values()))}), kind

    server = serve(answer)
    job.use(server)
    job.write("data.csv", csv_text())
    predictor = {"model_name": "m", "content_type": "application/json", "content_template": "$record"}
    predictor |= {"record_template": "$features_kvp", "label": "score"}
    assert job.run(config(POST, predictor=predictor)) == 0
    assert len(server.requests) == len(ROWS)


def test_parquet_datasets_are_read(job: Any, serve: Any, tmp_path: Any) -> None:
    frame = pl.DataFrame(
        [[label, *row] for label, row in zip(LABELS, ROWS, strict=True)], schema=list("yabc"), orient="row"
    )
    frame.write_parquet(tmp_path / "data.parquet")
    job.write("data.parquet", (tmp_path / "data.parquet").read_bytes())
    job.use(serve(csv_answer))
    asked = config(POST, dataset_type="application/x-parquet")
    del asked["headers"]
    assert job.run(asked) == 0
    assert metric(job, "AD")["value"] == 0.0


def test_captured_records_merged_with_ground_truth_need_no_model_for_bias(job: Any) -> None:
    def event(row: list[float], label: int) -> str:
        sides = {"endpointInput": ",".join(map(str, row)), "endpointOutput": f"{probability(row)}\n"}
        capture = {name: {"data": data, "encoding": "CSV", "mode": "INPUT"} for name, data in sides.items()}
        truth = {"data": str(label), "encoding": "CSV"}
        return json.dumps({"captureData": capture, "groundTruthData": truth, "eventMetadata": {}, "eventVersion": "0"})

    job.write("merged.jsonl", "\n".join(event(row, label) for row, label in zip(ROWS, LABELS, strict=True)))
    asked = config(POST, dataset_type="application/sagemakercapturejson", probability_threshold=0.5)
    del asked["predictor"]
    assert job.run(asked) == 0
    assert metric(job, "AD")["value"] == 0.0
    assert metric(job, "DPPL")["value"] is not None


def test_several_scores_with_label_headers_mean_the_highest_and_give_one_explanation_each(job: Any, serve: Any) -> None:
    def answer(body: str, kind: str) -> tuple[int, str, str]:
        rows = [[float(cell) for cell in line.split(",")] for line in body.splitlines()]
        return 200, "\n".join(f"{1 - probability(row)},{probability(row)}" for row in rows), "text/csv"

    job.use(serve(answer))
    words = ["no", "yes"]
    lines = [",".join(map(str, [words[label], *row])) for label, row in zip(LABELS, ROWS, strict=True)]
    job.write("data.csv", "\n".join(lines))
    predictor = {"model_name": "m", "label_headers": words}
    assert job.run(config(SHAP | POST, label_values_or_threshold=["yes"], predictor=predictor)) == 0
    assert metric(job, "AD")["value"] == 0.0
    explained = job.output()["explanations"]["kernel_shap"]
    assert list(explained) == words
    assert explained["no"]["global_shap_values"] == pytest.approx(explained["yes"]["global_shap_values"])


def test_predicted_labels_of_the_dataset_are_used_without_a_model(job: Any) -> None:
    lines = [",".join(map(str, [label, label, *row])) for label, row in zip(LABELS, ROWS, strict=True)]
    job.write("data.csv", "\n".join(lines))
    asked = config(POST, headers=["y", "guess", "a", "b", "c"], predicted_label="guess")
    del asked["predictor"]
    assert job.run(asked) == 0
    assert metric(job, "AD")["value"] == 0.0


def test_facets_and_predictions_may_come_from_datasets_of_their_own(job: Any, tmp_path: Any) -> None:
    job.write("data.csv", csv_text())
    (tmp_path / "facets.csv").write_text("\n".join("mf"[i % 2] for i in range(60)))
    (tmp_path / "guesses.csv").write_text("\n".join(map(str, LABELS)))
    staged = {"s3://b/facets": str(tmp_path / "facets.csv"), "s3://b/guesses": str(tmp_path / "guesses.csv")}
    job.environ["ORMER_STAGED_URIS"] = json.dumps(staged)
    asked = config(POST, facet=[{"name_or_index": "sex", "value_or_threshold": ["f"]}])
    asked |= {"facet_dataset_uri": "s3://b/facets", "facet_headers": ["sex"]}
    asked |= {"predicted_label_dataset_uri": "s3://b/guesses", "predicted_label_headers": ["guess"]}
    assert job.run(asked) == 0
    assert metric(job, "AD", facet="sex")["value"] == 0.0


def test_a_side_dataset_is_joined_by_the_identifier_that_is_not_sent_to_the_model(
    job: Any, serve: Any, tmp_path: Any
) -> None:
    server = serve(csv_answer)
    job.use(server)
    lines = [
        ",".join(map(str, [f"id-{at}", label, *row])) for at, (label, row) in enumerate(zip(LABELS, ROWS, strict=True))
    ]
    job.write("data.csv", "\n".join(lines))
    order = np.random.default_rng(3).permutation(50)
    (tmp_path / "facets.csv").write_text("key,sex\n" + "\n".join(f"id-{at},{'mf'[at % 2]}" for at in order))
    job.environ["ORMER_STAGED_URIS"] = json.dumps({"s3://b/facets": str(tmp_path / "facets.csv")})
    asked = config(
        {**SHAP, "pre_training_bias": {"methods": ["CI", "DPL"]}, **POST},
        headers=["key", "y", "a", "b", "c"],
        facet=[{"name_or_index": "sex", "value_or_threshold": ["f"]}],
        joinsource_name_or_index="key",
        facet_dataset_uri="s3://b/facets",
        facet_headers=["key", "sex"],
    )
    assert job.run(asked) == 0, job.message
    assert metric(job, "CI", "pre_training_bias_metrics", "sex")["value"] == 0.0
    labels = np.array(LABELS[:50])
    expected = labels[::2].mean() - labels[1::2].mean()
    assert metric(job, "DPL", "pre_training_bias_metrics", "sex")["value"] == pytest.approx(expected)
    assert all(line.count(",") == 2 for _, _, _, body in server.requests for line in body.splitlines())
    local = pl.read_csv(job.file("explanations_shap/out.csv"))
    assert (local.columns[0], local["key"].to_list()) == ("key", [f"id-{at}" for at in range(50)])


@pytest.mark.parametrize(("excluded", "sent"), [([], ["a", "b", "c", "key"]), (["key"], ["a", "b", "c"])])
def test_a_bias_analysis_alone_sends_the_identifier_unless_it_is_excluded(
    job: Any, serve: Any, excluded: list[str], sent: list[str]
) -> None:

    def first_three(body: str, kind: str) -> tuple[int, str, str]:
        return csv_answer("\n".join(",".join(line.split(",")[:3]) for line in body.splitlines()), kind)

    server = serve(first_three)
    job.use(server)
    lines = [
        ",".join(map(str, [label, *row, 7000 + at])) for at, (label, row) in enumerate(zip(LABELS, ROWS, strict=True))
    ]
    job.write("data.csv", "\n".join(lines))
    headers = ["y", "a", "b", "c", "key"]
    asked = config(POST, headers=headers, joinsource_name_or_index="key", excluded_columns=excluded)
    assert job.run(asked) == 0, job.message
    (line, *_) = server.requests[0][3].splitlines()
    assert len(line.split(",")) == len(sent) and line.endswith("7000") == ("key" in sent)


def test_facets_may_be_values_thresholds_and_every_value_at_once_with_groups(job: Any) -> None:
    random = np.random.default_rng(4)
    sex, age = random.choice(["f", "m", "x"], 80), random.integers(18, 90, 80)
    town, guess = random.choice(["a", "b"], 80), random.integers(0, 2, 80)
    label = random.integers(0, 2, 80)
    lines = [",".join(map(str, row)) for row in zip(label, guess, sex, age, town, strict=True)]
    job.write("data.csv", "\n".join(["y,guess,sex,age,town", *lines]))
    facets: list[dict[str, Any]] = [
        {"name_or_index": "sex", "value_or_threshold": ["f", "x"]},
        {"name_or_index": 3, "value_or_threshold": [40]},
        {"name_or_index": "town"},
    ]
    asked = config({"pre_training_bias": {"methods": "all"}, **POST}, facet=facets, group_variable="town")
    asked |= {"predicted_label": "guess"}
    del asked["predictor"], asked["headers"]
    assert job.run(asked) == 0, job.message
    for section in ("pre_training_bias_metrics", "post_training_bias_metrics"):
        found = job.output()[section]["facets"]
        shown = {name: [entry["value_or_threshold"] for entry in entries] for name, entries in found.items()}
        assert shown["sex"] == ["f,x"] and shown["age"] == [f"(40, {age.max()}]"]
        assert sorted(shown["town"]) == ["a", "b"]
        assert all("error" not in one for one in found["sex"][0]["metrics"] if one["name"].startswith("CDD"))
    chosen = np.isin(sex, ["f", "x"])
    expected = guess[~chosen].mean() - guess[chosen].mean()
    assert metric(job, "DPPL", facet="sex")["value"] == pytest.approx(expected)
    assert metric(job, "FT", facet="sex")["error"] == "FlipTest does not support non-numeric columns"


@pytest.mark.parametrize("method", ["mean_abs", "median", "mean_sq"])
def test_log_odds_are_explained_and_aggregated_as_asked(job: Any, serve: Any, method: str) -> None:
    job.use(serve(csv_answer))
    job.write("data.csv", csv_text())
    shap = {**SHAP["shap"], "use_logit": True, "agg_method": method}
    assert job.run(config({"shap": shap})) == 0
    local = pl.read_csv(job.file("explanations_shap/out.csv"))
    # In log-odds the model is linear, so that a value is weight times cell.
    assert np.allclose(local.to_numpy(), np.array(ROWS) * WEIGHTS, atol=1e-6)
    values = local["b_label0"].to_numpy()
    expected = {"mean_abs": np.abs(values).mean(), "median": np.median(values), "mean_sq": (values**2).mean()}
    found = job.output()["explanations"]["kernel_shap"]["label0"]["global_shap_values"]["b"]
    assert found == pytest.approx(expected[method])


def test_a_failing_batch_is_asked_again_record_by_record(job: Any, serve: Any, capsys: Any) -> None:
    def answer(body: str, kind: str) -> tuple[int, str, str]:
        return csv_answer(body, kind) if len(body.splitlines()) == 1 else (500, "too many", "text/plain")

    job.use(serve(answer))
    job.write("data.csv", csv_text())
    assert job.run(config(POST)) == 0
    assert metric(job, "AD")["value"] == 0.0
    assert "Fallback to per-record prediction because of model error." in capsys.readouterr().out


def test_models_may_be_chained(job: Any, serve: Any) -> None:
    halved = serve(lambda body, kind: (200, "\n".join(str(float(line) / 2) for line in body.splitlines()), kind))
    job.use(serve(csv_answer), halved)
    job.write("data.csv", csv_text())
    assert job.run(config(SHAP)) == 0
    assert job.output()["explanations"]["kernel_shap"]["label0"]["expected_value"] == pytest.approx(0.25)


def test_a_clustered_baseline_holds_the_asked_number_of_rows_with_values_that_occur(job: Any, serve: Any) -> None:
    def answer(body: str, kind: str) -> tuple[int, str, str]:
        scores = [len(line.split(",")[2]) + float(line.split(",")[0]) for line in body.splitlines()]
        return 200, "\n".join(map(str, scores)), "text/csv"

    job.use(serve(answer))
    lines = [f"{i % 2},{(i % 4) * 10 + i % 3},{i % 5},{'red' if i % 4 < 2 else 'blue'}" for i in range(80)]
    job.write("data.csv", "\n".join(lines))
    assert job.run(config({"shap": {"num_clusters": 2, "seed": 1}, "pdp": {"grid_resolution": 4}})) == 0
    baseline = pl.read_csv(job.file("explanations_shap/baseline.csv"))
    assert sorted(baseline["c"].to_list()) == ["blue", "red"]
    assert baseline["a"].dtype == pl.Int64
    colours = next(entry for entry in job.output()["explanations"]["pdp"] if entry["feature_name"] == "c")
    assert (colours["data_type"], colours["feature_values"]) == ("categorical", ["blue", "red"])
    assert colours["model_predictions"][0][0] - colours["model_predictions"][0][1] == pytest.approx(1.0)


def test_enabled_metrics_are_published_for_the_schedule(job: Any, serve: Any) -> None:
    job.use(serve(csv_answer))
    job.write("data.csv", csv_text())
    job.environ |= {"publish_cloudwatch_metrics": "Enabled", "sagemaker_monitoring_schedule_name": "s"}
    job.environ |= {"sagemaker_endpoint_name": "e", "end_time": "2024-01-01T01:00:00Z"}
    assert job.run(config({**SHAP, "pre_training_bias": {"methods": ["CI"]}})) == 0
    lines = (job.root / "output" / "metrics" / "cloudwatch").read_text().splitlines()
    published = {line["MetricName"]: line for line in map(json.loads, lines)}
    assert set(published) == {"bias_metric_CI", "feature_a", "feature_b", "feature_c", "ExpectedValue"}
    dimensions = {one["Name"]: one["Value"] for one in published["bias_metric_CI"]["Dimensions"]}
    assert dimensions["Endpoint"] == "e" and dimensions["BiasStage"] == "Pre-training"
    assert published["bias_metric_CI"]["Timestamp"] == "2024-01-01T01:00:00Z"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"label": "missing"}, "Headers must contain label. 'missing' is not among the columns y, a, b, c."),
        ({"facet": [{"name_or_index": "missing"}]}, "Unable to locate the facet. 'missing'"),
        ({"facet": [{"name_or_index": 4}]}, "Unable to locate the facet. 4"),
        ({"group_variable": "missing"}, "Unable to locate the group variable."),
        ({"joinsource_name_or_index": "missing"}, "Unable to locate the joinsource."),
        ({"headers": ["y", "a"]}, "Headers in config do not match with the number of columns in the dataset."),
        ({"headers": ["y", "a", "a", "b"]}, "Column names must be unique"),
        ({"label_values_or_threshold": [7]}, "No Label values are present in the predicted Label Column"),
        ({"facet": [{"name_or_index": "a"}]}, "Threshold values must be provided for continuous features"),
        ({"facet": [{"name_or_index": "a", "value_or_threshold": ["x"]}]}, "Facet/label value provided must be a"),
        ({"methods": {"post_training_bias": {"methods": ["XX"]}}}, "Invalid metric_name: XX in post_training_bias"),
        ({"methods": {"shap": {"features_to_explain": ["z"]}}}, "Feature names not found. 'z'"),
        ({"methods": {"shap": {"features_to_explain": ["y"]}}}, "Feature names not found. y is not one of the model"),
        ({"methods": {"shap": {"baseline": [[1.0]]}}}, "The SHAP baseline does not have the format of the dataset."),
        ({"methods": {"shap": {"baseline": [{"q": 1}]}}}, "Data must contain features."),
        ({"methods": {"shap": {"baseline": [["x", 1, 1]]}}}, "Could not convert string to float. Feature a"),
        ({"methods": {"shap": {"baseline": "ftp://x/y"}}}, "must begin with s3://, not ftp://x/y."),
        ({"methods": {"shap": {"baseline": "/nowhere.csv"}}}, "Unable to find the SHAP baseline at /nowhere.csv."),
        ({"methods": {"shap": {}}, "predictor": {"label_headers": ["p", "q"]}}, "label_headers names 2 labels"),
        ({"predictor": {"label": 4}}, "Nothing is found at 4 in the model's answer, which has 1 columns."),
        ({"predictor": {"label": "a["}, "methods": {"shap": {}}}, "The JMESPath expression 'a[' is not valid"),
        (
            {"predictor": {"content_type": "application/jsonlines", "content_template": "{}"}},
            "Data must contain features. content_template must hold $features",
        ),
        (
            {"predictor": {"content_type": "application/json", "content_template": "{}"}},
            "Data must contain features. content_template must hold $records or $record.",
        ),
        (
            {"predictor": {"content_type": "application/json", "record_template": "{}"}},
            "Data must contain features. record_template must hold $features",
        ),
        (
            {"predictor": {"content_type": "application/jsonlines", "content_template": '{"v":"${z}"}'}},
            "Feature names not found. The template names z",
        ),
    ],
)
def test_what_does_not_fit_the_dataset_is_refused(job: Any, serve: Any, changes: dict[str, Any], text: str) -> None:
    job.use(serve(csv_answer))
    job.write("data.csv", csv_text())
    assert job.run({**config(POST), **changes}) == 1
    assert job.message.startswith("ClientError: ")
    assert text in job.message


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ((500, "boom", "text/plain"), "The model could not predict a record. It answered status 500: boom"),
        ((200, "1\n2\n3", "text/csv"), "The model could not predict a record. The model answered 3 predictions for 1"),
        ((200, "high", "text/csv"), "Could not convert string to float."),
        ((200, "{", "application/json"), "Unable to read the model's answer as application/json"),
        ((200, '{"a":[1],"b":[2]}', "application/json"), "The model's answer has several members"),
    ],
)
def test_answers_that_are_no_predictions_are_refused(job: Any, serve: Any, answer: Any, text: str) -> None:
    job.use(serve(lambda body, kind: answer))
    job.write("data.csv", csv_text())
    assert job.run(config(SHAP)) == 1
    assert text in job.message


def test_a_job_without_a_model_server_says_so(job: Any) -> None:
    job.write("data.csv", csv_text())
    assert job.run(config(SHAP)) == 1
    assert job.message == (
        "ClientError: The configuration names a predictor, but no model server was started beside the job."
    )


@pytest.mark.parametrize(
    ("files", "changes", "text"),
    [
        ({}, {}, "The job has no input named dataset and the configuration no dataset_uri."),
        ({"_SUCCESS": ""}, {}, "The input folder data holds no data file."),
        ({"a.csv": ""}, {}, "The file a.csv is empty."),
        ({"a.csv": "y,a,b,c\n"}, {}, "The dataset holds a header but no rows."),
        ({"a.csv": "1,2,3,4\n", "b.csv": "1,2\n"}, {}, "do not have the same number of columns."),
        ({"a.json": "{"}, {"dataset_type": "application/json"}, "Unable to read a.json as JSON: "),
        ({"a.jsonl": "\n"}, {"dataset_type": "application/jsonlines"}, "The dataset holds no record."),
        ({"a.jsonl": "{}"}, {"dataset_type": "application/jsonlines"}, "Data must contain features. The query"),
        (
            {"a.jsonl": '{"features":[1,2,3]}'},
            {"dataset_type": "application/jsonlines"},
            "must give one value for each",
        ),
        (
            {"a.jsonl": "{}"},
            {"dataset_type": "application/sagemakercapturejson"},
            "A captured record has neither a request nor an answer.",
        ),
        ({"a.parquet": "x"}, {"dataset_type": "application/x-parquet"}, "Unable to read the dataset as Parquet"),
    ],
)
def test_data_that_cannot_be_read_is_refused(
    job: Any, files: dict[str, str], changes: dict[str, Any], text: str
) -> None:
    for name, content in files.items():
        job.write(name, content)
    assert job.run({**config(POST), **changes}) == 1
    assert text in job.message
