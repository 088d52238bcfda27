"""AutoML jobs: the operations. What trains the candidates is the AutoML engine.

https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-automate-model-development.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ormer.aws.errors import validation
from ormer.aws.lifecycles import lifecycle
from ormer.services.sagemaker import automl_requests
from ormer.stores import resources
from ormer.stores.automl import candidates
from ormer.stores.automl.facts import KIND, VERSION
from ormer.stores.automl.requests import asked as read
from ormer.stores.nouns import Noun, page_of
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
NAME = "AutoMLJobName"
AUTOML_JOB = Noun(
    KIND,
    name=NAME,
    arn="automl-job/{name}",
    plural="AutoMLJobSummaries",
    missing=("ResourceNotFound", "AutoML job with name {name} does not exist."),
    taken=("ResourceInUse", "An AutoML job with this name already exists ({arn}): give each its own name."),
)
STARTING: JsonDict = {"AutoMLJobSecondaryStatus": "Starting"}
CANDIDATES_PAGE = 10
SORTED_BY: dict[str, Callable[[JsonDict], Any]] = {
    "CreationTime": lambda one: one["CreationTime"],
    "Status": lambda one: one["CandidateStatus"],
    "FinalObjectiveMetricValue": lambda one: one["FinalAutoMLJobObjectiveMetric"]["Value"],
}


def create_auto_ml_job(call: Call, request: JsonDict) -> JsonDict:
    """Start an AutoML job. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateAutoMLJob.html

    Differs: fewer than 500 rows are taken; unless MaxCandidates says otherwise 20 candidates are tuned, or 8 ensembles
    tried (30 at most); of the algorithms there are xgboost, linear-learner, randomforest and extra-trees.
    Errors: ResourceInUse for a taken name, ValidationException.
    """
    asked = read(request)
    automl_requests.check(call, asked)
    facts = automl_requests.facts_of(call, asked, 1)
    channels = automl_requests.described(request["InputDataConfig"])
    document = {**STARTING, "InputDataConfig": channels, **automl_requests.left_out(asked, facts)}
    row = AUTOML_JOB.create(call, request, document=document, status="InProgress", facts=facts)
    return {"AutoMLJobArn": row.arn}


def describe_auto_ml_job(call: Call, request: JsonDict) -> JsonDict:
    """Answer an AutoML job with its best candidate so far. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeAutoMLJob.html

    Errors: ResourceNotFound; ValidationException for one that CreateAutoMLJobV2 made, as at AWS.
    """
    row = AUTOML_JOB.get(call, request[NAME])
    if row.facts[VERSION] != 1:
        raise validation(f"AutoML job {row.name} was created by CreateAutoMLJobV2: call DescribeAutoMLJobV2.")
    return {**row.document, **best(call, row)}


def list_auto_ml_jobs(call: Call, request: JsonDict) -> JsonDict:
    """Page through AutoML jobs of both versions. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListAutoMLJobs.html"""
    rows, more = AUTOML_JOB.rows(call, {"SortBy": "Name", **request})
    return {"AutoMLJobSummaries": [row.document for row in rows], **more}


def list_candidates_for_auto_ml_job(call: Call, request: JsonDict) -> JsonDict:
    """Page through an AutoML job's candidates. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListCandidatesForAutoMLJob.html

    Those without an objective are left out where it is what they are sorted by.
    Errors: ResourceNotFound.
    """
    row = AUTOML_JOB.get(call, request[NAME])
    with call.read() as tx:
        found = candidates.candidates(tx, row)
    wanted, name = request.get("StatusEquals"), request.get("CandidateNameEquals")
    by = request.get("SortBy", "CreationTime")
    if by == "FinalObjectiveMetricValue":
        found = [one for one in found if "FinalAutoMLJobObjectiveMetric" in one]
    found = [one for one in found if wanted in (None, one["CandidateStatus"]) and name in (None, one["CandidateName"])]
    found.sort(key=SORTED_BY[by], reverse=request.get("SortOrder") == "Descending")
    page, following = page_of(found, request.get("NextToken"), request.get("MaxResults") or CANDIDATES_PAGE)
    return {"Candidates": page, **({"NextToken": following} if following else {})}


def stop_auto_ml_job(call: Call, request: JsonDict) -> JsonDict:
    """Stop an AutoML job and the jobs that it runs. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopAutoMLJob.html

    Errors: ResourceNotFound; ValidationException for one that is over.
    """
    with call.write() as tx:
        row = AUTOML_JOB.get(call, request[NAME])
        if row.status in lifecycle(row.kind).final:
            raise validation(f"The request was rejected because the AutoML job is in status {row.status}.")
        change = {"AutoMLJobSecondaryStatus": "Stopping"}
        actor = call.identity.arn
        resources.advance(tx, row.arn, "Stopping", now=call.now, change=change, actor=actor, expect=["InProgress"])
    return {}


def best(call: Call, row: Row) -> JsonDict:
    """{"BestCandidate"} of a job that runs; {} before there is one. A job that is over keeps its own."""
    if row.status in lifecycle(row.kind).final:
        return {}
    with call.read() as tx:
        found = candidates.ranked(candidates.candidates(tx, row))
    return {"BestCandidate": found[0]} if found else {}
