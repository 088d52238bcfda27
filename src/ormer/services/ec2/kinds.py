"""A kind of EC2's resources: made under an id of AWS's form, found by it, and listed by AWS's filters."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.services.ec2 import filters
from ormer.stores import resources
from ormer.stores.nouns import page_of, tags_of, unique_tags
from ormer.stores.port import Call, Operation
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
SERVICE = "ec2"
ID_BYTES = 9
ID_LETTERS = 17
PRECONDITION_FAILED = 412
LONGEST_PAGE = 1000
Shown = Callable[[Call, Row], JsonDict]


@dataclass(frozen=True)
class Kind:
    """One kind of resource.

    name: the noun in AWS's case. resource: its name in ARNs and TagSpecifications. prefix: what its ids begin with.
    member: the member that holds the id. missing: (code, text) of the error for an {id} that is not there.
    paths: filters by their names, and where in the document each looks: `Associations.SubnetId` looks into every one.
    """

    name: str
    resource: str
    prefix: str
    member: str
    missing: tuple[str, str]
    paths: Mapping[str, str] = field(default_factory=dict)

    def arn_of(self, call: Call, identifier: str) -> str:
        return arns.arn(SERVICE, call.region, call.account, f"{self.resource}/{identifier}")

    def new_id(self) -> str:
        """An id that nobody has: `vpc-0123456789abcdef0`."""
        return f"{self.prefix}-{secrets.token_hex(ID_BYTES)[:ID_LETTERS]}"

    def make(
        self,
        call: Call,
        document: JsonDict,
        *,
        tags: Iterable[Mapping[str, str]] = (),
        parent: str = "",
        identifier: str = "",
        facts: JsonDict | None = None,
    ) -> Row:
        """Store one, under an id of its own unless one is given."""
        identifier = identifier or self.new_id()
        with call.write() as tx:
            row = resources.create(
                tx,
                arn=self.arn_of(call, identifier),
                kind=self.name,
                name=identifier,
                parent=parent,
                document={self.member: identifier, "OwnerId": call.account, **document},
                now=call.now,
                facts=facts,
                tag_list=tags,
                actor=call.identity.arn,
                event=False,
            )
        assert row is not None, "an id is made once"
        return row

    def find(self, call: Call, identifier: str) -> Row | None:
        """The caller's resource with this id in this region, or None."""
        with call.read() as tx:
            return resources.find(tx, call.account, call.region, SERVICE, self.name, identifier)

    def get(self, call: Call, identifier: str) -> Row:
        """The resource; raises the kind's own not-found error."""
        row = self.find(call, identifier)
        if row is None:
            raise self.not_found(identifier)
        return row

    def not_found(self, identifier: str) -> AwsError:
        code, text = self.missing
        return AwsError(code, text.format(id=identifier))

    def rows(self, call: Call, parent: str | None = None) -> list[Row]:
        """All of them, or those of a parent, oldest first."""
        c = table.c
        where = [c.account == call.account, c.region == call.region, c.service == SERVICE, c.kind == self.name]
        if parent is not None:
            where.append(c.parent == parent)
        with call.read() as tx:
            found = resources.select(tx, *where)
        return sorted(found, key=lambda row: (row.created, row.document.get("AvailabilityZone", ""), row.name))

    def save(self, call: Call, row: Row, change: JsonDict, *, facts: JsonDict | None = None) -> Row:
        """Merge a change into the document."""
        with call.write() as tx:
            return resources.save(tx, row, change, now=call.now, facts=facts, actor=call.identity.arn)

    def remove(self, call: Call, row: Row) -> None:
        """Delete one with its tags."""
        with call.write() as tx:
            resources.delete(tx, row.arn)

    def listed(self, call: Call, request: JsonDict, answer: str, shown: Shown | None = None) -> JsonDict:
        """Answer a Describe: those of the given ids that the filters let through, a page of them, under `answer`.

        shown: makes of a row what is answered of it; without it, its document with its tags. Raises the kind's
        not-found error for an id that is not there.
        """
        show = shown or with_tags
        ids = request.get(f"{self.member}s") or ()
        rows = [self.get(call, one) for one in dict.fromkeys(ids)] if ids else self.rows(call)
        asked = request.get("Filters") or request.get("Filter") or ()
        documents = [show(call, row) for row in rows]
        return paged(request, answer, [one for one in documents if filters.matches(one, asked, self.paths)])


def with_tags(call: Call, row: Row) -> JsonDict:
    """A resource's document with its tags."""
    return {**row.document, "Tags": tags_of(call, row.arn)}


def paged(request: JsonDict, answer: str, documents: list[JsonDict]) -> JsonDict:
    """One page of what a Describe found."""
    length = min(int(request.get("MaxResults") or LONGEST_PAGE), LONGEST_PAGE)
    page, token = page_of(documents, request.get("NextToken"), length)
    return {answer: list(page), **({"NextToken": token} if token else {})}


def tags_for(request: JsonDict, kind: Kind) -> list[dict[str, str]]:
    """The tags that a Create request gives to what it makes.

    Errors: InvalidParameterValue for tags of another kind of resource.
    """
    found: list[Mapping[str, str]] = []
    for one in request.get("TagSpecifications") or ():
        if one.get("ResourceType") != kind.resource:
            text = f"'{one.get('ResourceType')}' is not a valid taggable resource type for this operation."
            raise AwsError("InvalidParameterValue", text)
        found += one.get("Tags") or ()
    return unique_tags({"Key": each.get("Key", ""), "Value": each.get("Value", "")} for each in found)


def writes(operation: Operation) -> Operation:
    """Run an operation in one transaction. With DryRun it runs too, and everything is left as it was."""

    @wraps(operation)
    def run(call: Call, request: JsonDict) -> JsonDict | None:
        with call.write() as tx, tx.connection.begin_nested():
            answer = operation(call, request)
            if request.get("DryRun"):
                text = "Request would have succeeded, but DryRun flag is set."
                raise AwsError("DryRunOperation", text, PRECONDITION_FAILED)
            return answer

    return run


def in_use(text: str) -> AwsError:
    """Something else still needs what is to be deleted."""
    return AwsError("DependencyViolation", text)


def invalid(text: str) -> AwsError:
    """A parameter has a value that cannot be."""
    return AwsError("InvalidParameterValue", text)
