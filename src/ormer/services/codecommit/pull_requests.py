"""Pull requests: opened, read, changed and closed. Their branches are followed wherever refs move."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import sqlalchemy as sa

from ormer.aws.errors import AwsError
from ormer.services.codecommit.paging import length_of, page_of
from ormer.services.codecommit.references import branch_name, opened
from ormer.services.codecommit.repositories import repository_of
from ormer.stores import resources
from ormer.stores.database import Tx, upsert
from ormer.stores.port import Call
from ormer.stores.repositories import pull_requests as records
from ormer.stores.repositories.repository import HEADS, TAGS, Repository
from ormer.stores.resources import Row
from ormer.stores.tables import request_tokens, settings
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
PAGE = 100


def create_pull_request(call: Call, request: JsonDict) -> JsonDict:
    """Ask for one branch to be merged into another. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_CreatePullRequest.html

    Without a destination it is the default branch. Errors: ReferenceDoesNotExistException,
    SourceAndDestinationAreSameException, TargetsRequiredException, ReferenceTypeNotSupportedException.
    """
    targets = request["targets"]
    if len(targets) != 1:
        code = "TargetsRequiredException" if not targets else "MultipleRepositoriesInPullRequestException"
        raise AwsError(code, "A pull request has exactly one target: one repository with its two branches.")
    with opened(call, targets[0]) as (row, repository), call.write() as tx:
        known = _repeated(tx, call, request)
        if known is not None:
            return {"pullRequest": shown(known)}
        target = _target(row, repository, targets[0])
        number = _next_number(tx, call)
        document = {
            "pullRequestId": number,
            "title": request["title"],
            "authorArn": call.identity.arn,
            "pullRequestTargets": [target],
            "revisionId": records.new_revision(),
            "approvalRules": [],
            **{key: request[key] for key in ("description", "clientRequestToken") if key in request},
        }
        made = resources.create(
            tx,
            arn=records.arn_of(call.account, call.region, number),
            kind=records.KIND,
            name=number,
            parent=row.document["repositoryId"],
            document=document,
            status="OPEN",
            now=call.now,
            facts={"approvals": {}, "overrider": None},
            actor=call.identity.arn,
        )
        assert made is not None, "numbers are given once"
        _remember(tx, call, request, made)
        ids = {"sourceCommitId": target["sourceCommit"], "destinationCommitId": target["destinationCommit"]}
        created = {"repositoryName": row.name, **ids, "mergeBase": target.get("mergeBase")}
        metadata = {"pullRequestCreatedEventMetadata": created}
        record(tx, call, made, "pullRequestCreated", "PULL_REQUEST_CREATED", metadata)
    return {"pullRequest": shown(made)}


def get_pull_request(call: Call, request: JsonDict) -> JsonDict:
    """Answer a pull request. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_GetPullRequest.html

    Errors: PullRequestDoesNotExistException, InvalidPullRequestIdException.
    """
    with call.read() as tx:
        return {"pullRequest": shown(pull_request_of(tx, call, request))}


def list_pull_requests(call: Call, request: JsonDict) -> JsonDict:
    """List a repository's pull requests, newest first. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_ListPullRequests.html"""
    length = length_of(request.get("maxResults"), PAGE)
    row = repository_of(call, request)
    c = table.c
    where = [c.kind == records.KIND, c.parent == row.document["repositoryId"]]
    if "pullRequestStatus" in request:
        where.append(c.status == request["pullRequestStatus"])
    with call.read() as tx:
        rows = resources.select(tx, *where, order=sa.desc(c.created))
    author = request.get("authorArn")
    found = sorted((int(one.name) for one in rows if author in (None, one.document["authorArn"])), reverse=True)
    page, more = page_of(found, request.get("nextToken"), length)
    return {"pullRequestIds": [str(number) for number in page], **more}


def update_pull_request_title(call: Call, request: JsonDict) -> JsonDict:
    """Give a pull request another title. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_UpdatePullRequestTitle.html

    Errors: PullRequestAlreadyClosedException, PullRequestDoesNotExistException.
    """
    with call.write() as tx:
        found = open_pull_request_of(tx, call, request)
        return {"pullRequest": shown(resources.save(tx, found, {"title": request["title"]}, now=call.now))}


def update_pull_request_description(call: Call, request: JsonDict) -> JsonDict:
    """Describe a pull request anew. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_UpdatePullRequestDescription.html

    Errors: PullRequestAlreadyClosedException, PullRequestDoesNotExistException.
    """
    with call.write() as tx:
        found = open_pull_request_of(tx, call, request)
        return {"pullRequest": shown(resources.save(tx, found, {"description": request["description"]}, now=call.now))}


def update_pull_request_status(call: Call, request: JsonDict) -> JsonDict:
    """Close a pull request without merging it. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_UpdatePullRequestStatus.html

    Errors: InvalidPullRequestStatusUpdateException: a closed one is never opened again.
    """
    with call.write() as tx:
        found = pull_request_of(tx, call, request)
        closed = None
        if request["pullRequestStatus"] == "CLOSED":
            closed = resources.advance(tx, found.arn, "CLOSED", now=call.now, expect={"OPEN"}, actor=call.identity.arn)
        if closed is None:
            text = "A pull request goes from OPEN to CLOSED only: make a new one instead."
            raise AwsError("InvalidPullRequestStatusUpdateException", text)
        metadata = {"pullRequestStatusChangedEventMetadata": {"pullRequestStatus": "CLOSED"}}
        record(tx, call, closed, "pullRequestStatusChanged", "PULL_REQUEST_STATUS_CHANGED", metadata)
    return {"pullRequest": shown(closed)}


def describe_pull_request_events(call: Call, request: JsonDict) -> JsonDict:
    """List what happened to a pull request, newest first. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_DescribePullRequestEvents.html

    Errors: PullRequestDoesNotExistException.
    """
    length = length_of(request.get("maxResults"), PAGE)
    with call.read() as tx:
        found = pull_request_of(tx, call, request)
        rows = records.events_of(tx, found.arn)
    kind, actor = request.get("pullRequestEventType"), request.get("actorArn")
    listed = [
        {
            "pullRequestId": found.name,
            "eventDate": row["time"],
            "pullRequestEventType": row["type"],
            "actorArn": row["actor"],
            **row["metadata"],
        }
        for row in reversed(rows)
        if kind in (None, row["type"]) and actor in (None, row["actor"])
    ]
    page, more = page_of(listed, request.get("nextToken"), length)
    return {"pullRequestEvents": list(page), **more}


def pull_request_of(tx: Tx, call: Call, request: JsonDict) -> Row:
    """The pull request a request names. Raises PullRequestDoesNotExistException, InvalidPullRequestIdException."""
    number = request["pullRequestId"]
    if not number.isascii() or not number.isdecimal():
        raise AwsError("InvalidPullRequestIdException", f"{number!r} is not the id of a pull request: it is a number.")
    found = resources.get(tx, records.arn_of(call.account, call.region, number))
    if found is None:
        raise AwsError("PullRequestDoesNotExistException", f"Pull request {number} does not exist.")
    return found


def open_pull_request_of(tx: Tx, call: Call, request: JsonDict) -> Row:
    """`pull_request_of`, which must be open. Raises PullRequestAlreadyClosedException."""
    found = pull_request_of(tx, call, request)
    if found.status != "OPEN":
        raise AwsError("PullRequestAlreadyClosedException", f"Pull request {found.name} is closed.")
    return found


def repository_row(tx: Tx, call: Call, found: Row) -> Row:
    """The repository of a pull request, under its name of today."""
    arn = call.stores.repositories.arn_of(tx, found.parent)
    row = resources.get(tx, arn) if arn is not None else None
    assert row is not None, "pull requests go with their repository"
    return row


def record(
    tx: Tx, call: Call, found: Row, event: str, kind: str, metadata: JsonDict, detail: JsonDict | None = None
) -> None:
    """Write down what the caller did to a pull request, and send the event."""
    row = repository_row(tx, call, found)
    records.record(tx, row, found, event, kind, metadata, call.identity.arn, call.now, detail)


def check_repository(found: Row, row: Row) -> None:
    if found.parent != row.document["repositoryId"]:
        text = f"Pull request {found.name} is not one of repository {row.name}."
        raise AwsError("RepositoryNotAssociatedWithPullRequestException", text)


def shown(found: Row) -> JsonDict:
    """A pull request as CodeCommit answers it."""
    return {**found.document, "creationDate": found.created, "lastActivityDate": found.modified}


def _target(row: Row, repository: Repository, wanted: JsonDict) -> JsonDict:
    """A new pull request's only target."""
    destination = wanted.get("destinationReference") or row.document.get("defaultBranch", "")
    names = [_reference(repository, name) for name in (wanted["sourceReference"], destination)]
    if names[0] == names[1]:
        text = "The source and the destination are the same branch."
        raise AwsError("SourceAndDestinationAreSameException", text)
    refs = repository.refs()
    source, commit = refs[names[0]], refs[names[1]]
    base = repository.merge_base(source, commit)
    return {
        "repositoryName": row.name,
        "sourceReference": names[0],
        "destinationReference": names[1],
        "sourceCommit": source,
        "destinationCommit": commit,
        **({"mergeBase": base} if base else {}),
        "mergeMetadata": {"isMerged": False},
    }


def _reference(repository: Repository, name: str) -> str:
    """A branch's full name. Raises ReferenceDoesNotExistException, ReferenceTypeNotSupportedException."""
    if name.startswith(TAGS):
        raise AwsError("ReferenceTypeNotSupportedException", f"{name} is a tag; a pull request is between branches.")
    full = HEADS + branch_name(name.removeprefix(HEADS), "InvalidReferenceNameException")
    if full not in repository.refs():
        raise AwsError("ReferenceDoesNotExistException", f"Branch {name} does not exist.")
    return full


def _next_number(tx: Tx, call: Call) -> str:
    """The next pull request's id; numbers go up and are never given twice."""
    name = f"pull_requests:{call.account}:{call.region}"
    row = tx.one(sa.select(settings.c.value).where(settings.c.name == name).with_for_update())
    number = (row["value"] if row is not None else 0) + 1
    tx.execute(upsert(tx, settings, ["name"], {"name": name, "value": number}))
    return str(number)


def _repeated(tx: Tx, call: Call, request: JsonDict) -> Row | None:
    """The pull request that this token made before. Raises IdempotencyParameterMismatchException."""
    token = request.get("clientRequestToken")
    if not token:
        return None
    found = tx.one(sa.select(request_tokens).where(*_token_key(call, token)))
    if found is None:
        return None
    if found["digest"] != _digest(request):
        text = "This clientRequestToken was used for another pull request: take a new one."
        raise AwsError("IdempotencyParameterMismatchException", text)
    return resources.get(tx, found["response"]["arn"])


def _remember(tx: Tx, call: Call, request: JsonDict, made: Row) -> None:
    token = request.get("clientRequestToken")
    if token:
        key = {"account": call.account, "region": call.region, "operation": _operation(call), "token": token}
        rest = {"digest": _digest(request), "response": {"arn": made.arn}, "created": call.now}
        tx.execute(sa.insert(request_tokens).values(**key, **rest))


def _token_key(call: Call, token: str) -> tuple[sa.ColumnElement[bool], ...]:
    c = request_tokens.c
    mine = (c.account == call.account, c.region == call.region)
    return (*mine, c.operation == _operation(call), c.token == token)


def _operation(call: Call) -> str:
    return f"{call.service}:{call.operation}"


def _digest(request: JsonDict) -> str:
    return hashlib.sha256(msgspec.json.encode(request, order="deterministic")).hexdigest()
