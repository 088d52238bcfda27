"""The built-in algorithm's hyperparameters: what is accepted, and AWS's words for what is not."""

from __future__ import annotations

import pytest

from ormer.runtimes.toolkit.failures import UserError
from ormer.runtimes.xgboost.hyperparameters import parse_hyperparameters
from ormer.runtimes.xgboost.tags import behaviour_of, tag_version
from ormer.runtimes.xgboost.train import xgboost_parameters

OLD = behaviour_of({"ORMER_IMAGE_TAG": "1.0-1"})
NEW = behaviour_of({"ORMER_IMAGE_TAG": "3.0-5"})


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ({}, "Missing required hyperparameter: num_round"),
        ({"num_round": "0"}, "Hyperparameter num_round: 0 is not in [1, +inf)"),
        ({"num_round": "ten"}, "Hyperparameter num_round: could not parse value (caused by ValueError)"),
        ({"num_round": "1", "eta": "1.5"}, "Hyperparameter eta: 1.5 is not in [0, 1]"),
        ({"num_round": "1", "subsample": "0"}, "Hyperparameter subsample: 0.0 is not in (0, 1]"),
        (
            {"num_round": "1", "booster": "tree"},
            "Hyperparameter booster: tree is not in ['gbtree', 'gblinear', 'dart']",
        ),
        ({"num_round": "1", "depth": "3"}, "Extraneous hyperparameter found: depth"),
        ({"num_round": "1", "silent": "0"}, "Extraneous hyperparameter found: silent"),
        (
            {"num_round": "1", "objective": "multi:softmax"},
            "Require input for parameter 'num_class' for multi-classification",
        ),
        (
            {"num_round": "1", "num_class": "3"},
            "Do not need to setup parameter 'num_class' for learning task other than multi-classification.",
        ),
        (
            {"num_round": "1", "objective": "reg:linear", "eval_metric": "auc"},
            "Metric 'auc' can only be applied for classification and ranking problems.",
        ),
        ({"num_round": "1", "eval_metric": "error@x"}, "Threshold value 't' in 'error@t' expects float input."),
        (
            {"num_round": "1", "monotone_constraints": "(1,0)"},
            "monotone_constraints can be used only when the tree_method parameter is set to either 'exact' or 'hist'.",
        ),
        (
            {"num_round": "1", "updater": "grow_colmaker,grow_histmaker"},
            "Only one tree grow plugin can be selected. Choose one from the following: 'grow_colmaker', 'distcol', "
            "'grow_histmaker', 'grow_quantile_histmaker'",
        ),
    ],
)
def test_a_wrong_hyperparameter_is_named_in_the_words_of_aws(texts, reason):
    with pytest.raises(UserError) as caught:
        parse_hyperparameters(texts, NEW)
    assert str(caught.value) == reason


def test_the_templates_hyperparameters_are_accepted_by_the_tag_it_uses():
    texts = {
        "objective": "reg:linear",
        "num_round": "50",
        "max_depth": "5",
        "eta": "0.2",
        "gamma": "4",
        "min_child_weight": "6",
        "subsample": "0.7",
        "silent": "0",
    }
    values = parse_hyperparameters(texts, OLD)
    assert values["num_round"] == 50
    assert values["silent"] == 0
    assert xgboost_parameters(values) == {
        "objective": "reg:squarederror",
        "max_depth": 5,
        "eta": 0.2,
        "gamma": 4.0,
        "min_child_weight": 6.0,
        "subsample": 0.7,
    }


def test_aliases_and_structured_values_reach_xgboost_in_its_own_form():
    texts = {
        "num_round": "1",
        "learning_rate": "0.5",
        "reg_lambda": "2",
        "tree_method": "hist",
        "updater": "prune",
        "monotone_constraints": "(1, 0, -1)",
        "interaction_constraints": "[[1, 2], [3]]",
    }
    assert xgboost_parameters(parse_hyperparameters(texts, NEW)) == {
        "eta": 0.5,
        "lambda": 2.0,
        "tree_method": "hist",
        "updater": "prune",
        "monotone_constraints": "(1,0,-1)",
        "interaction_constraints": "[[1, 2], [3]]",
    }


@pytest.mark.parametrize(
    ("tag", "silent", "pickles", "one_line", "ensembles"),
    [
        ("0.90-1", True, True, True, False),
        ("1.0-1", True, True, True, False),
        ("1.2-1", False, True, True, False),
        ("1.2-2", False, True, False, True),
        ("1.3-1", False, False, False, True),
        ("1.5-1", False, False, False, True),
        ("1.7-1", False, False, False, True),
        ("3.0-5", False, False, False, True),
        ("", False, False, False, True),
        ("1.0-1-cpu-py3", True, True, True, False),
    ],
)
def test_each_tag_has_its_own_habits(tag, silent, pickles, one_line, ensembles):
    found = behaviour_of({"ORMER_IMAGE_REPOSITORY": "sagemaker-xgboost", "ORMER_IMAGE_TAG": tag})
    assert (found.accepts_silent, found.pickles_model) == (silent, pickles)
    assert (found.rows_on_one_line, found.ensembles) == (one_line, ensembles)


def test_the_first_generations_image_behaves_as_the_oldest_tag():
    assert behaviour_of({"ORMER_IMAGE_REPOSITORY": "xgboost", "ORMER_IMAGE_TAG": "latest"}).pickles_model
    assert tag_version("latest") == ()
