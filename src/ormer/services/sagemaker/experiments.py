"""Experiments: the top of the tree experiment -> trial -> trial component."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ormer.aws.errors import AwsError
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
TAKEN = "{kind} names must be unique within an AWS account. {kind} {name} already exists."

EXPERIMENT = Noun(
    "Experiment",
    name="ExperimentName",
    arn="experiment/{name}",
    lower_arn=True,
    missing=("ResourceNotFound", "Experiment '{name}' does not exist."),
    taken=("ValidationException", TAKEN.replace("{kind}", "Experiment")),
)
describe_experiment, list_experiments = EXPERIMENT.crud("describe list")


def create_experiment(call: Call, request: JsonDict) -> JsonDict:
    """Make an experiment. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateExperiment.html"""
    name = request["ExperimentName"]
    row = EXPERIMENT.create(call, request, document={"DisplayName": request.get("DisplayName", name)})
    return {"ExperimentArn": row.arn}


def update_experiment(call: Call, request: JsonDict) -> JsonDict:
    """Change display name or description. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateExperiment.html"""
    change = {key: request[key] for key in ("DisplayName", "Description") if key in request}
    with call.write():
        row = EXPERIMENT.save(call, EXPERIMENT.get(call, request["ExperimentName"]), change)
    return {"ExperimentArn": row.arn}


def delete_experiment(call: Call, request: JsonDict) -> JsonDict:
    """Delete an experiment that holds no trials. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteExperiment.html"""
    with call.write() as tx:
        row = EXPERIMENT.get(call, request["ExperimentName"])
        held = sa.select(table.c.arn).where(table.c.kind == "ExperimentTrial", table.c.parent == row.arn).limit(1)
        if tx.one(held) is not None:
            raise AwsError(
                "ValidationException",
                f"Experiment '{row.name}' cannot be deleted because it contains trials. Delete its trials first.",
            )
        EXPERIMENT.remove(call, row)
    return {"ExperimentArn": row.arn}
