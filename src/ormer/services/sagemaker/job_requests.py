"""What the three kinds of jobs check at their creation, and how they are stopped and listed."""

from __future__ import annotations

import posixpath
import uuid
from collections.abc import Iterable
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError, validation
from ormer.aws.lifecycles import lifecycle
from ormer.engines.images import Image, ImageNotMapped
from ormer.engines.jobs.environments import catalogue
from ormer.engines.jobs.metrics import definitions_of
from ormer.stores import resources
from ormer.stores.nouns import Noun
from ormer.stores.objects.rows import parse_uri
from ormer.stores.objects.seeds import is_seed
from ormer.stores.port import Call

JsonDict = dict[str, Any]

ROLE_MISSING = (
    "Could not assume role {role}. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' "
    "to assume the role."
)
ROLE_ELSEWHERE = (
    " It is a role of account {theirs}, and this is account {ours}: programs that name roles of {theirs} run as they "
    "are on an ormer that was started with ORMER_ACCOUNT={theirs}, once the role is created there."
)
INSTANCES_MAX = 20


def job_facts() -> JsonDict:
    """What only ormer knows of a new job: the id of its folder."""
    return {"id": uuid.uuid4().hex}


def mapped_image(call: Call, uri: str) -> Image:
    """What an image means here. Raises ValidationException that says how to map it when nothing does."""
    try:
        return catalogue(call.stores.home).image(uri)
    except ImageNotMapped as error:
        raise validation(str(error)) from error


def check_role(call: Call, role: str) -> None:
    """Raise ValidationException when the role a job would run as is not there."""
    with call.read() as tx:
        known = resources.get(tx, role) if arns.is_arn(role) else None
    if known is None or known.kind != "Role" or known.account != call.account:
        theirs = arns.parse(role).account if arns.is_arn(role) else call.account
        advice = "" if theirs == call.account else ROLE_ELSEWHERE.format(theirs=theirs, ours=call.account)
        raise validation(ROLE_MISSING.format(role=role) + advice)


def check_count(count: int) -> None:
    """Raise ValidationException for more hosts than one machine can stand for."""
    if count > INSTANCES_MAX:
        raise validation(f"InstanceCount {count} is too large: ormer runs up to {INSTANCES_MAX} hosts of a job.")


def check_paths(paths: Iterable[tuple[str, str]], root: str) -> None:
    """Raise ValidationException unless every (name, path) leads below `root`."""
    for name, path in paths:
        normal = posixpath.normpath(path)
        if not normal.startswith(root + "/"):
            raise validation(f"LocalPath {path} of {name} is not valid: it must start with {root}/.")


def check_data(call: Call, uri: str, role: str) -> None:
    """Raise ValidationException when nothing lies where a channel's data should, before anything is started for it."""
    try:
        bucket, prefix = parse_uri(uri)
    except ValueError as error:
        raise validation(f"Invalid S3Uri: {error}.") from None
    if is_seed(bucket):
        return
    why = ""
    try:
        if next(call.stores.objects.list(bucket, prefix, limit=1), None):
            return
    except AwsError as error:
        why = f" Error message from S3: {error.message}"
    raise validation(
        f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket exists in '
        f'the selected region ({call.region}), that objects exist under that S3 prefix, and that the role "{role}" has '
        f'"s3:ListBucket" permissions on bucket "{bucket}".{why}'
    )


def check_unique(names: Iterable[str], what: str) -> None:
    """Raise ValidationException when a name stands twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise validation(f"{what} names must be unique within a job, {name} is given more than once.")
        seen.add(name)


def stop(call: Call, noun: Noun, name: str, words: str) -> None:
    """Ask a job to stop. One that is stopping already goes on stopping; one that is over refuses."""
    with call.write() as tx:
        row = noun.get(call, name)
        if row.status in lifecycle(noun.kind).final:
            raise validation(f"The request was rejected because the {words} is in status {row.status}.")
        change: JsonDict = {}
        if noun.kind == "TrainingJob":
            past = [dict(each) for each in row.document["SecondaryStatusTransitions"]]
            past[-1].setdefault("EndTime", call.now)
            past.append({"Status": "Stopping", "StartTime": call.now, "StatusMessage": "Stopping the training job"})
            change = {"SecondaryStatus": "Stopping", "SecondaryStatusTransitions": past}
        if row.status != "Stopping":
            resources.advance(
                tx, row.arn, "Stopping", now=call.now, change=change, actor=call.identity.arn, expect=["InProgress"]
            )


def with_own_metrics(document: JsonDict, built_in: str) -> JsonDict:
    """A document with an AlgorithmSpecification, which tells what a built-in algorithm of this kind prints too.

    SDKs take an estimator or a tuner up again by the MetricDefinitions they are told.
    """
    own = definitions_of(built_in)
    if not own:
        return document
    algorithm = document["AlgorithmSpecification"]
    given = algorithm.get("MetricDefinitions", [])
    named = {each["Name"] for each in given}
    more = [{"Name": name, "Regex": text} for name, text in own if name not in named]
    return {**document, "AlgorithmSpecification": {**algorithm, "MetricDefinitions": [*given, *more]}}
