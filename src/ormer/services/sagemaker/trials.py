"""Trials: a group of runs inside an experiment."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ormer.aws.errors import AwsError
from ormer.services.sagemaker.experiments import EXPERIMENT, TAKEN
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.tables import associations
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]

# Membership of a trial component in a trial is an edge of this type; AWS shows it nowhere but in lists.
PART_OF_TRIAL = "trial"

TRIAL = Noun(
    "ExperimentTrial",
    name="TrialName",
    arn="experiment-trial/{name}",
    arn_member="TrialArn",
    lower_arn=True,
    missing=("ResourceNotFound", "Trial '{name}' does not exist."),
    taken=("ValidationException", TAKEN.replace("{kind}", "Trial")),
)
(describe_trial,) = TRIAL.crud("describe")


def create_trial(call: Call, request: JsonDict) -> JsonDict:
    """Make a trial in an experiment. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrial.html

    Errors: ResourceNotFound when the experiment is not there; ValidationException "already exists".
    """
    name = request["TrialName"]
    with call.write():
        experiment = EXPERIMENT.get(call, request["ExperimentName"])
        row = TRIAL.create(
            call,
            request,
            document={"DisplayName": request.get("DisplayName", name)},
            facts={"experiment": experiment.name},
            parent=experiment.arn,
        )
    return {"TrialArn": row.arn}


def update_trial(call: Call, request: JsonDict) -> JsonDict:
    """Change a display name. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateTrial.html"""
    with call.write():
        row = TRIAL.get(call, request["TrialName"])
        row = TRIAL.save(call, row, {key: request[key] for key in ("DisplayName",) if key in request})
    return {"TrialArn": row.arn}


def list_trials(call: Call, request: JsonDict) -> JsonDict:
    """Page through trials, of one experiment or holding one component. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListTrials.html"""
    where: list[sa.ColumnElement[bool]] = []
    if request.get("ExperimentName"):
        where.append(table.c.parent == EXPERIMENT.get(call, request["ExperimentName"]).arn)
    if request.get("TrialComponentName"):
        name = {"TrialComponentName": request["TrialComponentName"]}
        component = call.api("sagemaker", "DescribeTrialComponent", name)
        holding = sa.select(associations.c.destination).where(
            associations.c.source == component["TrialComponentArn"], associations.c.type == PART_OF_TRIAL
        )
        where.append(table.c.arn.in_(holding))
    rows, more = TRIAL.rows(call, request, *where)
    return {"TrialSummaries": [row.document for row in rows], **more}


def delete_trial(call: Call, request: JsonDict) -> JsonDict:
    """Delete a trial that holds no components. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteTrial.html"""
    with call.write() as tx:
        row = TRIAL.get(call, request["TrialName"])
        held = sa.select(associations.c.source).where(
            associations.c.destination == row.arn, associations.c.type == PART_OF_TRIAL
        )
        if tx.one(held.limit(1)) is not None:
            raise AwsError(
                "ValidationException",
                f"Trial '{row.name}' cannot be deleted because it has trial components. Disassociate them first.",
            )
        TRIAL.remove(call, row)
    return {"TrialArn": row.arn}
