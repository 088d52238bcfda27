"""Comments: on commits and in pull requests, and replies to them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from ormer.aws.errors import AwsError
from ormer.services.codecommit.paging import length_of, page_of
from ormer.services.codecommit.pull_requests import check_repository, pull_request_of, repository_row
from ormer.services.codecommit.references import known_commit, opened, path_of
from ormer.services.codecommit.repositories import repository_of
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.port import Call
from ormer.stores.repositories import announcements
from ormer.stores.repositories.repository import Repository
from ormer.stores.repositories.tables import repository_comments
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
PAGE = 100
# https://docs.aws.amazon.com/codecommit/latest/userguide/limits.html
CONTENT_CHARACTERS_MAX = 10_240
ON_PULL_REQUEST, ON_COMMIT = "CodeCommit Comment on Pull Request", "CodeCommit Comment on Commit"


def post_comment_for_pull_request(call: Call, request: JsonDict) -> JsonDict:
    """Say something in a pull request. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_PostCommentForPullRequest.html

    Errors: CommentContentRequiredException, CommitDoesNotExistException, PathDoesNotExistException,
    RepositoryNotAssociatedWithPullRequestException.
    """
    with opened(call, request) as (row, repository):
        place = _place(repository, request)
        with call.write() as tx:
            found = pull_request_of(tx, call, request)
            check_repository(found, row)
            made = _post(tx, call, row, request, place, found.name)
    return {"repositoryName": row.name, "pullRequestId": found.name, **place, "comment": made}


def post_comment_for_compared_commit(call: Call, request: JsonDict) -> JsonDict:
    """Say something about a commit. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_PostCommentForComparedCommit.html

    Errors: CommentContentRequiredException, CommitDoesNotExistException, PathDoesNotExistException.
    """
    with opened(call, request) as (row, repository):
        place = _place(repository, request)
        with call.write() as tx:
            made = _post(tx, call, row, request, place, "")
    return {"repositoryName": row.name, **place, "comment": made}


def post_comment_reply(call: Call, request: JsonDict) -> JsonDict:
    """Reply to a comment. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_PostCommentReply.html

    Errors: CommentDoesNotExistException, CommentContentRequiredException.
    """
    with call.write() as tx:
        first = _comment_row(tx, call, request["inReplyTo"])
        row = _repository_row(tx, call, first)
        made = _post(tx, call, row, request, first["place"], first["pull_request_id"], first["id"])
    return {"comment": made}


def get_comment(call: Call, request: JsonDict) -> JsonDict:
    """Answer a comment. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_GetComment.html

    Errors: CommentDoesNotExistException, CommentDeletedException.
    """
    with call.read() as tx:
        return {"comment": _shown(_standing_row(tx, call, request["commentId"]))}


def get_comments_for_pull_request(call: Call, request: JsonDict) -> JsonDict:
    """List what is said in a pull request, by place. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_GetCommentsForPullRequest.html

    Errors: PullRequestDoesNotExistException.
    """
    length = length_of(request.get("maxResults"), PAGE)
    with call.read() as tx:
        found = pull_request_of(tx, call, request)
        row = repository_row(tx, call, found)
        if "repositoryName" in request:
            check_repository(found, repository_of(call, request))
        rows = _of_place(tx, found.parent, found.name)
    wanted = {key: request[key] for key in ("beforeCommitId", "afterCommitId") if key in request}
    fixed = {"repositoryName": row.name, "pullRequestId": found.name}
    page, more = page_of(_threads(rows, wanted, fixed), request.get("nextToken"), length)
    return {"commentsForPullRequestData": list(page), **more}


def get_comments_for_compared_commit(call: Call, request: JsonDict) -> JsonDict:
    """List what is said about a commit, by place. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_GetCommentsForComparedCommit.html

    Errors: RepositoryDoesNotExistException.
    """
    length = length_of(request.get("maxResults"), PAGE)
    row = repository_of(call, request)
    with call.read() as tx:
        rows = _of_place(tx, row.document["repositoryId"], "")
    wanted = {key: request[key] for key in ("beforeCommitId", "afterCommitId") if key in request}
    page, more = page_of(_threads(rows, wanted, {"repositoryName": row.name}), request.get("nextToken"), length)
    return {"commentsForComparedCommitData": list(page), **more}


def update_comment(call: Call, request: JsonDict) -> JsonDict:
    """Say it otherwise; only its author may. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_UpdateComment.html

    Errors: CommentNotCreatedByCallerException, CommentDeletedException, CommentDoesNotExistException.
    """
    _check_content(request["content"])
    with call.write() as tx:
        found = _standing_row(tx, call, request["commentId"])
        if found["author"] != call.identity.arn:
            text = f"Only {found['author']} may change this comment: reply to it instead."
            raise AwsError("CommentNotCreatedByCallerException", text)
        new = _changed(tx, found, {"content": request["content"], "modified": call.now})
        _tell(tx, call, _repository_row(tx, call, found), new, "Updated")
    return {"comment": _shown(new)}


def delete_comment_content(call: Call, request: JsonDict) -> JsonDict:
    """Take a comment's words away; its place in the thread stays. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_DeleteCommentContent.html

    Errors: CommentDeletedException, CommentDoesNotExistException.
    """
    with call.write() as tx:
        found = _standing_row(tx, call, request["commentId"])
        new = _changed(tx, found, {"content": "", "deleted": True, "modified": call.now})
    return {"comment": _shown(new)}


def _place(repository: Repository, request: JsonDict) -> JsonDict:
    """What a comment is about, in AWS's words, made sure of."""
    after = known_commit(repository, request["afterCommitId"])
    before = known_commit(repository, request["beforeCommitId"]) if "beforeCommitId" in request else None
    if before == after:
        text = "The commits before and after are the same: there is nothing between them to speak about."
        raise AwsError("BeforeCommitIdAndAfterCommitIdAreSameException", text)
    place: JsonDict = {"afterCommitId": after} | ({"beforeCommitId": before} if before else {})
    location = request.get("location")
    if not location:
        return place
    path = path_of(location.get("filePath", ""))
    entries = {
        "beforeBlobId": repository.entry(before, path) if before else None,
        "afterBlobId": repository.entry(after, path),
    }
    blobs = {name: entry.id for name, entry in entries.items() if entry is not None}
    if not blobs:
        raise AwsError("PathDoesNotExistException", f"{path} is in neither of the two commits.")
    return {**place, **blobs, "location": {**location, "filePath": path}}


def _post(
    tx: Tx, call: Call, row: Row, request: JsonDict, place: JsonDict, pull_request: str, in_reply_to: str = ""
) -> JsonDict:
    """Keep a comment and tell of it; a repeated token answers the first one's."""
    _check_content(request["content"])
    token, actor = request.get("clientRequestToken", ""), call.identity.arn
    c = repository_comments.c
    if token:
        known = tx.one(sa.select(repository_comments).where(c.token == token, c.author == actor))
        if known is not None:
            if known["content"] != request["content"]:
                text = "This clientRequestToken was used for another comment: take a new one."
                raise AwsError("IdempotencyParameterMismatchException", text)
            return _shown(dict(known))
    newest = tx.one(sa.select(sa.func.max(c.number).label("number")))
    values: JsonDict = {
        "id": str(uuid.uuid4()),
        "number": ((newest["number"] if newest is not None else None) or 0) + 1,
        "account": call.account,
        "region": call.region,
        "repository_id": row.document["repositoryId"],
        "pull_request_id": pull_request,
        "in_reply_to": in_reply_to,
        "author": actor,
        "content": request["content"],
        "deleted": False,
        "token": token,
        "created": call.now,
        "modified": call.now,
        "place": place,
    }
    tx.execute(sa.insert(repository_comments), values)
    _tell(tx, call, row, values, "Created")
    return _shown(values)


def _tell(tx: Tx, call: Call, row: Row, comment: JsonDict, verb: str) -> None:
    """Send the event. https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html"""
    about = "PullRequest" if comment["pull_request_id"] else "Commit"
    text = f"A comment was {verb.lower()} in the AWS CodeCommit repository {row.name} by {call.identity.arn}."
    place = {key: comment["place"][key] for key in ("beforeCommitId", "afterCommitId") if key in comment["place"]}
    named = {"pullRequestId": comment["pull_request_id"], "inReplyTo": comment["in_reply_to"]}
    detail = {
        "event": f"commentOn{about}{verb}",
        "repositoryName": row.name,
        "repositoryId": row.document["repositoryId"],
        "commentId": comment["id"],
        **place,
        **{name: value for name, value in named.items() if value},
        "notificationBody": text,
        "callerUserArn": call.identity.arn,
    }
    kind = ON_PULL_REQUEST if comment["pull_request_id"] else ON_COMMIT
    announcements.emit(tx, row, kind, detail, call.identity.arn, call.now)


def _threads(rows: Iterable[JsonDict], wanted: JsonDict, fixed: JsonDict) -> list[JsonDict]:
    """Comments gathered by what they are about, oldest first."""
    found: dict[str, JsonDict] = {}
    for row in rows:
        place = row["place"]
        if any(place.get(key) != value for key, value in wanted.items()):
            continue
        thread = found.setdefault(repr(sorted(place.items(), key=str)), {**fixed, **place, "comments": []})
        thread["comments"].append(_shown(row))
    return list(found.values())


def _of_place(tx: Tx, repository_id: str, pull_request: str) -> list[JsonDict]:
    c = repository_comments.c
    where = (c.repository_id == repository_id, c.pull_request_id == pull_request)
    return [dict(row) for row in tx.all(sa.select(repository_comments).where(*where).order_by(c.number))]


def _comment_row(tx: Tx, call: Call, comment_id: str) -> JsonDict:
    c = repository_comments.c
    mine = (c.account == call.account, c.region == call.region)
    found = tx.one(sa.select(repository_comments).where(c.id == comment_id, *mine))
    if found is None:
        raise AwsError("CommentDoesNotExistException", f"Comment {comment_id} does not exist.")
    return dict(found)


def _standing_row(tx: Tx, call: Call, comment_id: str) -> JsonDict:
    found = _comment_row(tx, call, comment_id)
    if found["deleted"]:
        raise AwsError("CommentDeletedException", f"Comment {comment_id} is deleted.")
    return found


def _changed(tx: Tx, found: JsonDict, change: JsonDict) -> JsonDict:
    tx.execute(sa.update(repository_comments).where(repository_comments.c.id == found["id"]).values(**change))
    return {**found, **change}


def _repository_row(tx: Tx, call: Call, found: JsonDict) -> Row:
    arn = call.stores.repositories.arn_of(tx, found["repository_id"])
    row = resources.get(tx, arn) if arn is not None else None
    assert row is not None, "comments go with their repository"
    return row


def _check_content(content: str) -> None:
    if not content.strip():
        raise AwsError("CommentContentRequiredException", "A comment needs some words.")
    if len(content) > CONTENT_CHARACTERS_MAX:
        text = f"A comment may have {CONTENT_CHARACTERS_MAX} characters at most."
        raise AwsError("CommentContentSizeLimitExceededException", text)


def _shown(row: JsonDict) -> JsonDict:
    """A comment in CodeCommit's words."""
    optional = {"inReplyTo": row["in_reply_to"], "clientRequestToken": row["token"]}
    return {
        "commentId": row["id"],
        "authorArn": row["author"],
        "creationDate": row["created"],
        "lastModifiedDate": row["modified"],
        "deleted": row["deleted"],
        **({} if row["deleted"] else {"content": row["content"]}),
        **{name: value for name, value in optional.items() if value},
        "callerReactions": [],
        "reactionCounts": {},
    }
