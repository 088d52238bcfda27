"""Training with the built-in algorithm: real xgboost, real files, read back by plain programs."""

from __future__ import annotations

import json
import re
import signal
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics as reference

from ormer.runtimes.xgboost.metrics import CLASS_METRICS, VALUE_METRICS

OBJECTIVES = {
    "binary:logistic": ("class2", {}),
    "binary:logitraw": ("class2", {}),
    "binary:hinge": ("class2", {}),
    "count:poisson": ("class3", {}),
    "multi:softmax": ("class3", {"num_class": 3}),
    "multi:softprob": ("class3", {"num_class": 3}),
    "rank:pairwise": ("class3", {}),
    "rank:ndcg": ("class3", {}),
    "rank:map": ("class2", {}),
    "reg:linear": ("real", {}),
    "reg:squarederror": ("real", {}),
    "reg:logistic": ("unit", {}),
    "reg:gamma": ("positive", {}),
    "reg:pseudohubererror": ("real", {}),
    "reg:squaredlogerror": ("positive", {}),
    "reg:absoluteerror": ("real", {}),
    "reg:tweedie": ("positive", {"tweedie_variance_power": 1.3}),
    "survival:aft": ("positive", {"aft_loss_distribution": "normal", "aft_loss_distribution_scale": 1.2}),
    "survival:cox": ("positive", {}),
}
OTHER_JOBS = {
    "gblinear": ("real", {"booster": "gblinear", "updater": "coord_descent", "lambda_bias": 0.1}),
    "dart": ("real", {"booster": "dart", "rate_drop": 0.2, "one_drop": 1, "sample_type": "weighted"}),
    "constraints": (
        "real",
        {"tree_method": "hist", "monotone_constraints": "(1,0,0,0,0)", "interaction_constraints": "[[0,1],[2,3,4]]"},
    ),
    "old names": (
        "real",
        {"tree_method": "gpu_hist", "predictor": "gpu_predictor", "dsplit": "row", "deterministic_histogram": "true"},
    ),
    "forest": ("real", {"num_parallel_tree": 3, "max_leaves": 8, "grow_policy": "lossguide", "tree_method": "hist"}),
    "metrics": ("class3", {"objective": "multi:softprob", "num_class": 3, "eval_metric": "mlogloss,accuracy,f1_macro"}),
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory, train_many, new_job):
    """{name: (root, exit code, log)} of one small job per objective, and of some more."""
    roots = {}
    for name, (kind, extra) in {**OBJECTIVES, **OTHER_JOBS}.items():
        root = tmp_path_factory.mktemp("job") / "ml"
        objective = {"objective": name} if name in OBJECTIVES else {}
        roots[name] = new_job(root).prepare({"num_round": 3, "max_depth": 3, **objective, **extra}, kind)
    done = train_many({root: {"ORMER_IMAGE_TAG": "3.0-5"} for root in roots.values()})
    return {name: (root, *done[root]) for name, root in roots.items()}


@pytest.mark.parametrize("name", [*OBJECTIVES, *OTHER_JOBS])
def test_every_objective_and_booster_trains_and_prints_metrics_of_each_round(trained, name):
    root, code, log = trained[name]
    assert code == 0, log
    rounds = re.findall(r"^\[(\d+)\](?:\t(?:train|validation)-[\w@.-]+:-?(?:\d+\.\d+|nan|inf))+$", log, re.MULTILINE)
    assert rounds == ["0", "1", "2"], log
    assert "\tvalidation-" in log
    assert (root / "model" / "xgboost-model").stat().st_size > 0


def test_custom_metrics_are_printed_beside_xgboosts_own(trained):
    _, _, log = trained["metrics"]
    assert re.search(
        r"^\[2\].*\tvalidation-mlogloss:\S+.*\tvalidation-accuracy:\S+\tvalidation-f1_macro:\S+$", log, re.M
    )


@pytest.mark.parametrize("classes", [2, 3])
def test_class_metrics_equal_scikit_learns(classes):
    random = np.random.default_rng(classes)
    labels, guesses = random.integers(0, classes, 200), random.integers(0, classes, 200)
    expected = {
        "accuracy": reference.accuracy_score(labels, guesses),
        "balanced_accuracy": reference.balanced_accuracy_score(labels, guesses),
        "f1": reference.f1_score(labels, guesses, average="macro"),
        "f1_macro": reference.f1_score(labels, guesses, average="macro"),
        "precision_macro": reference.precision_score(labels, guesses, average="macro"),
        "precision_micro": reference.precision_score(labels, guesses, average="micro"),
        "recall_macro": reference.recall_score(labels, guesses, average="macro"),
        "recall_micro": reference.recall_score(labels, guesses, average="micro"),
    }
    if classes == 2:
        expected["f1_binary"] = reference.f1_score(labels, guesses)
        expected["precision"] = reference.precision_score(labels, guesses)
        expected["recall"] = reference.recall_score(labels, guesses)
    for name, value in expected.items():
        assert CLASS_METRICS[name](labels, guesses) == pytest.approx(value), name
    values = random.normal(size=200)
    assert VALUE_METRICS["mse"](labels, values) == pytest.approx(reference.mean_squared_error(labels, values))
    assert VALUE_METRICS["r2"](labels, values) == pytest.approx(reference.r2_score(labels, values))


READ_PICKLE = """
import pickle, sys, numpy, xgboost
model = pickle.load(open(sys.argv[1], "rb"))
data = numpy.loadtxt(sys.argv[2], delimiter=",")
error = numpy.mean((model.predict(xgboost.DMatrix(data[:, 1:])) - data[:, 0]) ** 2)
print(type(model).__name__, round(float(error), 5))
"""


def test_the_template_job_leaves_a_model_that_a_plain_pickle_load_reads_and_whose_mse_is_the_printed_one(
    job, run_program
):
    root = job.prepare({"objective": "reg:linear", "num_round": 5, "silent": 0, "eval_metric": "mse"})
    ran = run_program("xgboost", "train", root, ORMER_IMAGE_REPOSITORY="sagemaker-xgboost", ORMER_IMAGE_TAG="1.0-1")
    assert ran.exit_code == 0, ran.output
    files = [root / "model" / "xgboost-model", root / "input/data/validation/data.csv"]
    read = subprocess.run([sys.executable, "-c", READ_PICKLE, *map(str, files)], capture_output=True, text=True)
    assert read.returncode == 0, read.stderr
    kind, error = read.stdout.split()
    printed = re.search(r"^\[4\].*validation-mse:(\S+)$", ran.output, re.MULTILINE)
    assert kind == "Booster"
    assert float(error) == pytest.approx(float(printed.group(1)), abs=2e-5)


def test_from_tag_1_3_1_on_the_model_is_xgboosts_own_file(trained):
    import pickle

    import xgboost

    path = trained["reg:squarederror"][0] / "model" / "xgboost-model"
    assert xgboost.Booster(model_file=str(path)).num_boosted_rounds() == 3
    with pytest.raises(pickle.UnpicklingError), path.open("rb") as source:
        pickle.load(source)


def test_a_wrong_hyperparameter_fails_the_job_with_its_name(job, run_program):
    ran = run_program("xgboost", "train", job.prepare({"num_round": 5, "silent": 0}), ORMER_IMAGE_TAG="1.2-1")
    assert ran.exit_code == 1
    assert ran.failure == "UserError: Extraneous hyperparameter found: silent"


def test_bad_data_fails_with_words_that_name_file_and_mistake(tmp_path, train_many):
    def broken(name, hyperparameters=None, content_type="text/csv", text=None, channels=None):
        root = tmp_path / name
        for part in ("input/config", "input/data/train"):
            (root / part).mkdir(parents=True)
        if text is not None:
            (root / "input/data/train/part-0.csv").write_text(text)
        config = {"train": {"ContentType": content_type}} if channels is None else channels
        (root / "input/config/inputdataconfig.json").write_text(json.dumps(config))
        (root / "input/config/hyperparameters.json").write_text(json.dumps(hyperparameters or {"num_round": "2"}))
        return root

    roots = {
        broken("words", text="1,long\n1,2\n"): "'long' is no number (every cell must be one",
        broken("libsvm", text="1,2,3\n", content_type=None): "of file 'part-0.csv' is not 'LIBSVM' format.",
        broken("empty"): "No data in training channel path",
        broken("type", text="1,2\n", content_type="image/png"): "image/png is not an accepted ContentType: csv, libsvm",
        broken("none", channels={}): "Missing required channel: train",
        broken("extra", channels={"train": {}, "test": {}}): "Extraneous channel found: test",
        broken("pipe", channels={"train": {"TrainingInputMode": "Pipe"}}): "Pipe mode is no longer supported.",
        broken(
            "label", {"num_round": "2", "objective": "binary:logistic"}, text="5,1\n7,2\n"
        ): "label must be in [0,1] for logistic regression",
    }
    done = train_many({root: {} for root in roots})
    for root, words in roots.items():
        assert done[Path(root)][0] == 1, root
        assert words in (root / "output" / "failure").read_text(), root


def test_a_line_of_column_names_is_passed_over(job, run_program):
    """As SageMaker's own image takes files that begin with one."""
    plain = job.prepare({"objective": "reg:squarederror", "num_round": 2})
    file = next((plain / "input/data/train").glob("*.csv"))
    columns = file.read_text().splitlines()[0].count(",")
    file.with_name("more.csv").write_text("rings" + ",length" * columns + "\n" + file.read_text())
    rows = len(file.read_text().splitlines())
    ran = run_program("xgboost", "train", plain, ORMER_IMAGE_TAG="1.5-1")
    assert ran.exit_code == 0, ran.output
    assert f"Train matrix has {2 * rows} rows" in ran.output
    assert "File 'more.csv' begins with the names of its columns" in ran.output


def test_early_stopping_keeps_the_best_rounds_only_where_the_tag_does(tmp_path, train_many):
    import pickle

    import xgboost

    hyperparameters = {"num_round": "60", "eta": "1", "early_stopping_rounds": "3", "eval_metric": "rmse"}
    roots = {}
    for tag in ("1.0-1", "1.7-1"):
        root = roots[tag] = tmp_path / tag
        for part in ("input/config", "input/data/train", "input/data/validation", "model"):
            (root / part).mkdir(parents=True)
        random = np.random.default_rng(3)
        for name in ("train", "validation"):
            np.savetxt(root / "input/data" / name / "a.csv", random.normal(size=(80, 4)), delimiter=",")
        config = {"train": {"ContentType": "csv"}, "validation": {"ContentType": "csv"}}
        (root / "input/config/inputdataconfig.json").write_text(json.dumps(config))
        (root / "input/config/hyperparameters.json").write_text(json.dumps(hyperparameters))
    done = train_many({root: {"ORMER_IMAGE_TAG": tag} for tag, root in roots.items()})
    for code, log in done.values():
        assert code == 0, log
    log = done[Path(roots["1.7-1"])][1]
    best = int(re.search(r"Stopping. Best iteration:\n\[(\d+)\]", log).group(1))
    last = int(re.findall(r"^\[(\d+)\]\ttrain", log, re.M)[-1])
    assert last == best + 3
    new = xgboost.Booster(model_file=str(roots["1.7-1"] / "model" / "xgboost-model"))
    assert new.num_boosted_rounds() == best + 1
    with (roots["1.0-1"] / "model" / "xgboost-model").open("rb") as source:
        old = pickle.load(source)
    assert old.num_boosted_rounds() == last + 1
    assert old.attr("best_iteration") == str(best)


def test_checkpoints_let_a_second_job_go_on_where_the_first_ended(tmp_path, train_many):
    root = tmp_path / "ml"
    for part in ("input/config", "input/data/train"):
        (root / part).mkdir(parents=True)
    np.savetxt(root / "input/data/train/a.csv", np.random.default_rng(1).normal(size=(50, 4)), delimiter=",")
    (root / "input/config/inputdataconfig.json").write_text(json.dumps({"train": {"ContentType": "csv"}}))
    checkpoint = {"S3Uri": "s3://bucket/checkpoints", "LocalPath": str(root / "checkpoints")}
    (root / "input/config/checkpointconfig.json").write_text(json.dumps(checkpoint))

    def train(rounds):
        (root / "input/config/hyperparameters.json").write_text(json.dumps({"num_round": str(rounds)}))
        return train_many({root: {}})[Path(root)]

    assert train(7)[0] == 0
    assert sorted(path.name for path in (root / "checkpoints").iterdir()) == [
        f"xgboost-checkpoint.{number}" for number in range(2, 7)
    ]
    code, log = train(9)
    assert code == 0, log
    assert "Resuming from iteration 7" in log
    assert re.findall(r"^\[(\d+)\]", log, re.M) == ["7", "8"]


def test_k_fold_writes_one_model_a_fold_and_the_held_out_predictions(job, train_many):
    root = job.prepare({"num_round": 2, "objective": "binary:logistic", "_kfold": 3, "_num_cv_round": 2}, "class2")
    code, log = train_many({root: {}})[root]
    assert code == 0, log
    assert sorted(path.name for path in (root / "model").iterdir()) == [f"xgboost-model-{fold}" for fold in range(6)]
    predictions = np.loadtxt(root / "output" / "data" / "predictions.csv", delimiter=",")
    assert predictions.shape == (120, 3)
    assert np.mean(predictions[:, 0] == predictions[:, 2]) > 0.7
    assert log.count("\n[2]\ttrain-logloss:") == 3


def test_sigterm_keeps_the_model_when_the_job_asks_for_it(job, start_program):
    root = job.prepare({"num_round": 1000000, "save_model_on_termination": "true"})
    process = start_program("xgboost", "train", root, ORMER_IMAGE_TAG="1.7-1")
    while not process.stdout.readline().startswith("[2]"):
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 0
    assert (root / "model" / "xgboost-model").stat().st_size > 0


@pytest.mark.parametrize("form", ["libsvm", "parquet", "recordio", "weighted csv", "folders"])
def test_every_content_type_gives_the_same_kind_of_model(form, job, run_program, tmp_path):
    weights = form == "weighted csv"
    types = {"libsvm": "text/libsvm", "parquet": "application/x-parquet", "recordio": "application/x-recordio-protobuf"}
    extra = {"csv_weights": 1} if weights else {}
    content_type = types.get(form, "text/csv")
    root = job.prepare({"num_round": 4, **extra}, validation=False, content_type=content_type)
    source = root / "input" / "data" / "train" / "data.csv"
    data = np.loadtxt(source, delimiter=",")
    source.unlink()
    write_training_data(source.parent, data, form)
    ran = run_program("xgboost", "train", root)
    assert ran.exit_code == 0, ran.output
    assert "Train matrix has 60 rows and 5 columns" in ran.output
    first, last = (float(value) for value in re.findall(r"train-rmse:(\S+)", ran.output)[::3])
    assert last < first


def delimited(field, content):
    """A protobuf field of bytes; all lengths here are below 128."""
    return bytes([field << 3 | 2, len(content)]) + content


def recordio(row):
    """One RecordIO record of aialgs.data.Record with a float32 feature tensor and a float32 label, written by hand."""
    record = b""
    for field, values in ((1, row[1:]), (2, row[:1])):
        tensor = delimited(2, delimited(1, struct.pack(f"<{len(values)}f", *values)))
        record += delimited(field, delimited(1, b"values") + delimited(2, tensor))
    return struct.pack("<II", 0xCED7230A, len(record)) + record + b"\0" * (-len(record) % 4)


def write_training_data(folder, data, form):
    """Writes rows × (label, features) in one of the forms."""
    if form == "libsvm":
        lines = [" ".join([f"{row[0]:g}", *(f"{i}:{v:g}" for i, v in enumerate(row[1:]))]) for row in data]
        (folder / "a.libsvm").write_text("\n".join(lines))
    elif form == "parquet":
        import pandas

        pandas.DataFrame(data).rename(columns=str).to_parquet(folder / "a.parquet")
    elif form == "recordio":
        (folder / "a.pbr").write_bytes(b"".join(recordio(row) for row in data))
    elif form == "weighted csv":
        np.savetxt(folder / "a.csv", np.insert(data, 1, 1.0, axis=1), delimiter=";")
    else:
        (folder / "deep" / "er").mkdir(parents=True)
        np.savetxt(folder / "deep" / "a.csv", data[:30], delimiter=",")
        np.savetxt(folder / "deep" / "er" / "b.csv", data[30:], delimiter=",")
        (folder / ".hidden").write_text("not data")
        (folder / "_SUCCESS").write_text("")
