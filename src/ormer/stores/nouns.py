"""A noun of AWS's: one declaration gives create, get, describe, list and delete with AWS's names, texts and paging.

EXPERIMENT = Noun("Experiment", arn="experiment/{name}", name="ExperimentName")
describe_experiment, list_experiments, delete_experiment = EXPERIMENT.crud("describe list delete")
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.stores import resources, tagging
from ormer.stores.database import Tx
from ormer.stores.port import Call, Operation
from ormer.stores.resources import Row
from ormer.stores.tables import request_tokens
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
T = TypeVar("T")
DEFAULT_PAGE = 10
LONGEST_PAGE = 100
# The years 1 and 9999, in seconds since the epoch.
FIRST_SECOND, LAST_SECOND = -62_135_596_800.0, 253_402_300_799.0
# Members that make a repeated request answer the first one's resource; the words differ between operations.
TOKENS = ("ClientRequestToken", "ClientToken")


@dataclass(frozen=True)
class Noun:
    """One kind of resource.

    kind: the noun in AWS's case, as in CreateX. name: the request member that names it.
    arn: the resource part of its ARN; `{name}` is the name, lower-cased when `lower_arn`.
    arn_member: the member that holds its ARN in requests and answers.
    missing, taken: (code, text) of AWS's errors; the text may use {name}, {arn} and {kind}.
    page: AWS's default page length.
    order: "Ascending" or "Descending", the list's order without SortOrder. plural: as in ListXs.
    """

    kind: str
    name: str
    arn: str
    service: str = "sagemaker"
    arn_member: str = ""
    plural: str = ""
    missing: tuple[str, str] = ("ResourceNotFound", "{kind} '{arn}' does not exist.")
    taken: tuple[str, str] = (
        "ValidationException",
        "{kind} names must be unique within an AWS account and region. A {kind} with this name already exists ({arn})",
    )
    page: int = DEFAULT_PAGE
    order: str = "Descending"
    lower_arn: bool = False
    is_global: bool = False
    # Header columns that stand for members in lists' SortBy.
    sort: Mapping[str, str] = field(
        default_factory=lambda: {
            "Name": "name",
            "CreationTime": "created",
            "LastModifiedTime": "modified",
            "Status": "status",
        }
    )

    @property
    def member(self) -> str:
        """The ARN's member, `PipelineArn` for Pipeline."""
        return self.arn_member or f"{self.kind}Arn"

    def region_of(self, call: Call) -> str:
        return "" if self.is_global else call.region

    def arn_of(self, call: Call, name: str) -> str:
        """The ARN a resource of this name has (or would have) for this caller."""
        shown = name.lower() if self.lower_arn else name
        return arns.arn(self.service, self.region_of(call), call.account, self.arn.format(name=shown))

    # -- one resource ---------------------------------------------------------------------------------------------

    def find(self, call: Call, name_or_arn: str, parent: str | None = None) -> Row | None:
        """The caller's resource of this name or ARN, or None."""
        if self.lower_arn:
            # Names that ARNs spell in lower case are the same in any case: the SDK asks for both spellings.
            name_or_arn = (name_or_arn if arns.is_arn(name_or_arn) else self.arn_of(call, name_or_arn)).lower()
        with call.read() as tx:
            if arns.is_arn(name_or_arn):
                row = resources.get(tx, name_or_arn)
                here = row is not None and (row.account, row.region) == (call.account, self.region_of(call))
                return row if row is not None and here and row.kind == self.kind else None
            return resources.find(tx, call.account, self.region_of(call), self.service, self.kind, name_or_arn, parent)

    def get(self, call: Call, name_or_arn: str, parent: str | None = None) -> Row:
        """The resource; raises the noun's own not-found error."""
        row = self.find(call, name_or_arn, parent)
        if row is None:
            raise self.not_found(call, name_or_arn)
        return row

    def not_found(self, call: Call, name_or_arn: str) -> AwsError:
        return self._error(self.missing, call, name_or_arn)

    def create(
        self,
        call: Call,
        request: JsonDict,
        *,
        document: JsonDict | None = None,
        status: str = "",
        name: str | None = None,
        arn: str | None = None,
        parent: str = "",
        facts: JsonDict | None = None,
        event: bool = True,
    ) -> Row:
        """Store a resource from a Create request: the document is the request (without tags and token) and `document`.

        Raises the noun's already-exists error. A repeated ClientRequestToken answers the first resource again.
        """
        own_name = name if name is not None else request[self.name]
        own_arn = arn or self.arn_of(call, own_name)
        words = {key: value for key, value in request.items() if key not in ("Tags", *TOKENS)}
        full = {
            **words,
            self.member: own_arn,
            "CreatedBy": call.actor,
            "LastModifiedBy": call.actor,
            **(document or {}),
        }
        with call.write() as tx:
            repeated = self._repeated(tx, call, request)
            if repeated is not None:
                return repeated
            row = resources.create(
                tx,
                arn=own_arn,
                kind=self.kind,
                name=own_name,
                parent=parent,
                document=full,
                now=call.now,
                status=status,
                facts=facts,
                tag_list=unique_tags(request.get("Tags", ())),
                actor=call.identity.arn,
                event=event,
            )
            if row is None:
                raise self._error(self.taken, call, own_name, own_arn)
            self._remember(tx, call, request, row)
        return row

    def save(self, call: Call, row: Row, change: JsonDict, *, drop: Iterable[str] = (), event: bool = False) -> Row:
        """Merge a change into the document, as the caller."""
        with call.write() as tx:
            return resources.save(
                tx,
                row,
                {**change, "LastModifiedBy": call.actor},
                now=call.now,
                drop=tuple(drop),
                event=event,
                actor=call.identity.arn,
            )

    def remove(self, call: Call, row: Row) -> None:
        """Delete the resource with its tags."""
        with call.write() as tx:
            resources.delete(tx, row.arn)

    # -- many -----------------------------------------------------------------------------------------------------

    def rows(
        self, call: Call, request: JsonDict, *conditions: sa.ColumnElement[bool], parent: str | None = None
    ) -> tuple[list[Row], JsonDict]:
        """One page by AWS's list members: NameContains, the four time filters, StatusEquals, SortBy, SortOrder,
        MaxResults, NextToken. Returns the rows and {} or {"NextToken": …}."""
        c = table.c
        where = [
            c.account == call.account,
            c.region == self.region_of(call),
            c.service == self.service,
            c.kind == self.kind,
            *conditions,
        ]
        if parent is not None:
            where.append(c.parent == parent)
        where += _filters(request)
        by = self.sort.get(request.get("SortBy", "CreationTime"), "created")
        descending = request.get("SortOrder", self.order).startswith("Desc")
        if request.get("NextToken"):
            where.append(_behind(c[by], decode_place(request["NextToken"]), descending))
        order = [column.desc() if descending else column.asc() for column in (c[by], c.arn)]
        length = min(int(request.get("MaxResults", self.page)), LONGEST_PAGE)
        statement = sa.select(table).where(*where).order_by(*order).limit(length + 1)
        with call.read() as tx:
            found = [Row(**row) for row in tx.all(statement)]
        if len(found) <= length:
            return found, {}
        last = found[length - 1]
        return found[:length], {"NextToken": encode_place(getattr(last, by), last.arn)}

    def crud(self, verbs: str) -> tuple[Operation, ...]:
        """Ready-made operations for the verbs, in their order: describe, list, delete, update, create."""
        made: dict[str, Callable[[], Operation]] = {
            "describe": self._describe,
            "list": self._list,
            "delete": self._delete,
            "create": self._create,
        }
        return tuple(made[verb]() for verb in verbs.split())

    def _describe(self) -> Operation:
        def describe(call: Call, request: JsonDict) -> JsonDict:
            return self.get(call, request[self.name]).document

        describe.__doc__ = f"Answer a {self.kind} as it was made.\n\nErrors: {self.missing[0]}."
        return describe

    def _list(self) -> Operation:
        member = self.plural or f"{self.kind}Summaries"

        def list_(call: Call, request: JsonDict) -> JsonDict:
            rows, more = self.rows(call, request)
            return {member: [row.document for row in rows], **more}

        list_.__doc__ = f"Page through every {self.kind}, {self.order.lower()} by creation unless asked otherwise."
        return list_

    def _delete(self) -> Operation:
        def delete(call: Call, request: JsonDict) -> JsonDict:
            with call.write():
                row = self.get(call, request[self.name])
                self.remove(call, row)
            return {self.member: row.arn}

        delete.__doc__ = f"Delete a {self.kind} and its tags.\n\nErrors: {self.missing[0]}."
        return delete

    def _create(self) -> Operation:
        def create(call: Call, request: JsonDict) -> JsonDict:
            return {self.member: self.create(call, request).arn}

        create.__doc__ = f"Store a {self.kind}.\n\nErrors: {self.taken[0]} when the name is taken."
        return create

    # -- inside ---------------------------------------------------------------------------------------------------

    def _error(self, template: tuple[str, str], call: Call, name_or_arn: str, arn: str | None = None) -> AwsError:
        whole = arn or (name_or_arn if arns.is_arn(name_or_arn) else self.arn_of(call, name_or_arn))
        code, text = template
        return AwsError(code, text.format(kind=self.kind, name=name_or_arn, arn=whole))

    def _repeated(self, tx: Tx, call: Call, request: JsonDict) -> Row | None:
        token = _token_of(request)
        if not token:
            return None
        found = tx.one(sa.select(request_tokens).where(*_token_key(call, token)))
        if found is None or found["digest"] != _digest(request):
            return None
        return resources.get(tx, found["response"]["arn"])

    def _remember(self, tx: Tx, call: Call, request: JsonDict, row: Row) -> None:
        token = _token_of(request)
        if not token:
            return
        tx.execute(sa.delete(request_tokens).where(*_token_key(call, token)))
        tx.execute(
            sa.insert(request_tokens).values(
                account=call.account,
                region=call.region,
                operation=f"{call.service}:{call.operation}",
                token=token,
                digest=_digest(request),
                response={"arn": row.arn},
                created=call.now,
            )
        )


def unique_tags(pairs: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """A Tags list; raises ValidationException when a key stands twice."""
    seen: dict[str, str] = {}
    for pair in pairs:
        if pair["Key"] in seen:
            raise AwsError("ValidationException", f"Duplicate tag key: {pair['Key']}. Give every tag key once.")
        seen[pair["Key"]] = pair.get("Value", "")
    return [{"Key": key, "Value": value} for key, value in seen.items()]


def encode_place(value: Any, arn: str) -> str:
    """A page token that continues behind a row. What is made or deleted in between moves no other row's page."""
    return base64.urlsafe_b64encode(msgspec.json.encode([value, arn])).decode()


def decode_place(token: str) -> tuple[Any, str]:
    """The sorted value and ARN a page continues behind; ValidationException for a token that is not ours."""
    try:
        value, arn = msgspec.json.decode(base64.urlsafe_b64decode(token.encode()), type=tuple[float | str, str])
    except (ValueError, msgspec.DecodeError):
        raise _no_token() from None
    return value, arn


def encode_token(offset: int) -> str:
    """A page token that continues at `offset`."""
    return base64.urlsafe_b64encode(f"o{offset}".encode()).decode()


def tags_of(call: Call, arn: str) -> list[dict[str, str]]:
    """A resource's tags in AWS's form."""
    with call.read() as tx:
        return tagging.listed(tx, arn)


def page_of(found: Sequence[T], token: str | None, length: int) -> tuple[Sequence[T], str]:
    """The page that begins where a token says, and the token of the one behind it, "" at the end.

    For lists that are there as a whole. ValidationException for a token that is not ours.
    """
    start = decode_token(token)
    end = start + length
    return found[start:end], encode_token(end) if len(found) > end else ""


def decode_token(token: str | None) -> int:
    """The offset a page token continues at; ValidationException for one that is not ours."""
    if not token:
        return 0
    try:
        text = base64.urlsafe_b64decode(token.encode()).decode()
        if not text.startswith("o"):
            raise ValueError(text)
        return int(text[1:])
    except ValueError:
        raise _no_token() from None


def _no_token() -> AwsError:
    return AwsError(
        "ValidationException", "Invalid pagination token: pass the NextToken of the previous answer unchanged."
    )


def _behind(column: Any, place: tuple[Any, str], descending: bool) -> sa.ColumnElement[bool]:
    value, arn = place
    c = table.c
    if descending:
        return sa.or_(column < value, sa.and_(column == value, c.arn < arn))
    return sa.or_(column > value, sa.and_(column == value, c.arn > arn))


def _filters(request: JsonDict) -> list[sa.ColumnElement[bool]]:
    c = table.c
    where: list[sa.ColumnElement[bool]] = []
    if request.get("NameContains"):
        where.append(sa.func.lower(c.name).contains(request["NameContains"].lower(), autoescape=True))
    for member, column, after in (
        ("CreationTimeAfter", c.created, True),
        ("CreatedAfter", c.created, True),
        ("CreationTimeBefore", c.created, False),
        ("CreatedBefore", c.created, False),
        ("LastModifiedTimeAfter", c.modified, True),
        ("LastModifiedTimeBefore", c.modified, False),
    ):
        if member in request:
            at = seconds(request[member])
            where.append(column > at if after else column < at)
    if request.get("StatusEquals"):
        where.append(c.status == request["StatusEquals"])
    return where


def seconds(value: Any) -> float:
    """A request's timestamp as seconds since the epoch, whatever form the protocol left it in.

    Errors: ValidationException for a number that is no time a calendar has.
    """
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
        value = value if value.tzinfo else value.replace(tzinfo=UTC)
    found = float(value.timestamp()) if hasattr(value, "timestamp") else float(value)
    # A number that is none compares false with both ends.
    if not FIRST_SECOND <= found <= LAST_SECOND:
        raise AwsError("ValidationException", f"{value} is not a time between the years 1 and 9999.")
    return found


def _token_of(request: JsonDict) -> str | None:
    return next((request[member] for member in TOKENS if request.get(member)), None)


def _token_key(call: Call, token: str) -> tuple[sa.ColumnElement[bool], ...]:
    c = request_tokens.c
    return (
        c.account == call.account,
        c.region == call.region,
        c.operation == f"{call.service}:{call.operation}",
        c.token == token,
    )


def _digest(request: JsonDict) -> str:
    return hashlib.sha256(msgspec.json.encode(request, order="deterministic")).hexdigest()
