"""What requests say of branches, commits, paths and people, made sure of; and the one way operations move a branch."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.codecommit.repositories import repository_of
from ormer.stores.port import Call
from ormer.stores.repositories.repository import HEADS, TAGS, Author, Repository, is_ref
from ormer.stores.repositories.store import RefMoved, RefRefused
from ormer.stores.repositories.trees import EXECUTABLE_MODE, FILE_MODE, LINK_MODE, Entry, shown
from ormer.stores.resources import Row

JsonDict = dict[str, Any]

COMMIT_ID = re.compile(r"[0-9a-f]{40}")
MODES: Mapping[str, int] = {"NORMAL": FILE_MODE, "EXECUTABLE": EXECUTABLE_MODE, "SYMLINK": LINK_MODE}
WORDS: Mapping[int, str] = {mode: word for word, mode in MODES.items()}
# https://docs.aws.amazon.com/codecommit/latest/userguide/limits.html
FILE_BYTES_MAX = 6 * 1024 * 1024
NAME_MAX = 1000
MESSAGE_BYTES_MAX = 32 * 1024
PATH_CHARACTERS_MAX = 4096


@contextmanager
def opened(call: Call, request: JsonDict) -> Iterator[tuple[Row, Repository]]:
    """The repository a request names, and its git side, open for the block."""
    row = repository_of(call, request)
    with call.stores.repositories.open(row.document["repositoryId"]) as repository:
        yield row, repository


def commit_of(repository: Repository, specifier: str | None) -> str:
    """The commit a specifier means: a branch, tag, HEAD, full reference or commit id; None is HEAD.

    Raises CommitRequiredException, CommitDoesNotExistException.
    """
    if specifier is not None and not specifier:
        raise AwsError("CommitRequiredException", "A commit was not specified.")
    found = repository.resolve(specifier or "HEAD")
    if found is None:
        if specifier is None:
            text = "The repository has no commit yet: push one, or make it with CreateCommit."
        else:
            text = f"Commit {specifier} does not exist. Give a branch, a tag, HEAD or a commit id of this repository."
        raise AwsError("CommitDoesNotExistException", text)
    return found


def known_commit(repository: Repository, commit_id: str, missing: str = "CommitDoesNotExistException") -> str:
    """A whole commit id that the repository has. Raises InvalidCommitIdException, or `missing`."""
    if not COMMIT_ID.fullmatch(commit_id):
        text = f"{commit_id!r} is not a commit id, which has 40 hexadecimal digits."
        raise AwsError("InvalidCommitIdException", text)
    if repository.resolve(commit_id) != commit_id:
        raise AwsError(missing, f"Commit {commit_id} does not exist in this repository.")
    return commit_id


def branch_name(name: str | None, code: str = "InvalidBranchNameException") -> str:
    """A branch's name that git takes. Raises BranchNameRequiredException or `code`."""
    if not name:
        raise AwsError("BranchNameRequiredException", "A branch name is required.")
    if not is_ref(HEADS + name) or name.startswith(("-", "refs/")) or COMMIT_ID.fullmatch(name):
        text = f"{name!r} cannot be a branch's name: no spaces, '..', '~', '^', ':', '?', '*' or '['."
        raise AwsError(code, text)
    return name


def head_of(repository: Repository, name: str) -> str:
    """The newest commit of a branch. Raises BranchDoesNotExistException, BranchNameIsTagNameException."""
    refs = repository.refs()
    if HEADS + name in refs:
        return refs[HEADS + name]
    if TAGS + name in refs:
        raise AwsError("BranchNameIsTagNameException", f"{name} is a tag; only a branch can be committed to.")
    raise AwsError("BranchDoesNotExistException", f"Branch {name} does not exist")


def path_of(path: str) -> str:
    """A path from the root, without slashes around it. Raises PathRequiredException, InvalidPathException."""
    found = path.strip("/")
    if not found:
        raise AwsError("PathRequiredException", "A path is required.")
    parts = found.split("/")
    bad = any(part in ("", ".", "..") or part.lower() == ".git" or "\0" in part for part in parts)
    if bad or len(found) > PATH_CHARACTERS_MAX:
        raise AwsError("InvalidPathException", f"{path!r} cannot be a path: no empty parts, '.', '..' or '.git'.")
    return found


def mode_word(entry: Entry) -> str:
    """CodeCommit's word for a file's mode."""
    return WORDS.get(entry.mode, "NORMAL")


def author_of(call: Call, request: JsonDict, member: str = "name") -> Author:
    """Who commits: as the request says, else the caller. Raises NameLengthExceededException, InvalidEmailException."""
    name = request.get(member) or call.identity.name or call.identity.arn
    email = request.get("email", "")
    if len(name) > NAME_MAX:
        raise AwsError("NameLengthExceededException", f"The name may have {NAME_MAX} characters at most.")
    if re.search(r"[<>\s]", email):
        raise AwsError("InvalidEmailException", f"{email!r} is not an email address.")
    return Author(name, email)


def message_of(request: JsonDict, otherwise: str) -> str:
    """The commit's message, ending with a line. Raises CommitMessageLengthExceededException."""
    message: str = request.get("commitMessage") or otherwise
    if len(message.encode("utf-8", "replace")) > MESSAGE_BYTES_MAX:
        text = f"The commit message may have {MESSAGE_BYTES_MAX} bytes at most."
        raise AwsError("CommitMessageLengthExceededException", text)
    return message if message.endswith("\n") else f"{message}\n"


def move(
    call: Call,
    row: Row,
    ref: str,
    new: str | None,
    old: str | None,
    taken: AwsError,
    detail: JsonDict | None = None,
    pull_request: str = "",
) -> None:
    """Move a ref as the caller. Raises `taken` when somebody was quicker, InvalidBranchNameException when git refuses.

    detail: what the event says beside the usual. pull_request: the ARN of the one that this merges.
    """
    repository_id, actor = row.document["repositoryId"], call.identity.arn
    try:
        call.stores.repositories.move(repository_id, ref, new, old, actor, detail, pull_request)
    except RefMoved:
        raise taken from None
    except RefRefused as error:
        raise AwsError("InvalidBranchNameException", f"Git does not take {shown(ref)}: {error}") from None


def outdated(branch: str) -> AwsError:
    """The branch moved on since the caller looked."""
    text = f"The parent commit is not the newest of {branch} any more: ask GetBranch for it and commit again."
    return AwsError("ParentCommitIdOutdatedException", text)


def concurrent(branch: str) -> AwsError:
    text = f"Branch {branch} was updated by somebody else at the same moment: try again."
    return AwsError("ConcurrentReferenceUpdateException", text)
