"""A stack as the engine sees it in one look: its row, what it is asked to be, and its resources' rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ormer.engines.stacks import comparing, scopes
from ormer.engines.stacks.acting import identity_of
from ormer.engines.stacks.contracts import Held, Refused, ResourceType, Site
from ormer.engines.stacks.language import templates
from ormer.engines.stacks.language.faults import template_error
from ormer.engines.stacks.language.functions import Scope
from ormer.engines.stacks.language.templates import Template
from ormer.engines.stacks.resources import types
from ormer.engines.worker import Work
from ormer.stores import resources, tagging
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.stacks import exports, journal, members, stacks
from ormer.stores.stacks.journal import Happening
from ormer.stores.stacks.members import Member

JsonDict = dict[str, Any]
REASON_CHARACTERS_MAX = 4000


class Moved(Exception):
    """The stack's status was changed by somebody else: look again."""


class Standing:
    """One stack under way. Rows in memory are those in the database: every change writes both."""

    def __init__(self, work: Work, row: Row) -> None:
        self.work = work
        self.row = row
        with work.read() as tx:
            self.rows = members.of(tx, row.arn)
            asked = row.facts.get("asked") or row.facts.get("in_force")
            self.asked = stacks.asked(tx, asked) if asked else None
        self.template: Template = templates.parse(self.asked.template) if self.asked else Template({})
        self.imported: set[str] = set()
        self._identity = identity_of(row)

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """A transaction in which the stack's row is fresh; raises Moved when its status is another by now."""
        with self.work.write() as tx:
            row = resources.get(tx, self.row.arn)
            if row is None or row.status != self.row.status:
                raise Moved(self.row.arn)
            self.row = row
            yield tx

    # -- values ---------------------------------------------------------------------------------------------------

    def scope(self, rows: dict[str, Member]) -> Scope:
        """Where functions of the asked template find their values, given what stands for each logical id."""
        texts = self.asked.parameters if self.asked else {}
        notifications = self.row.document.get("NotificationARNs")
        own = scopes.pseudo(self.row.arn, notifications)
        return scopes.scope(self.template, texts, own, rows, types(), self._exported)

    def _exported(self, name: str) -> str:
        with self.work.read() as tx:
            value = exports.value(tx, self.row.account, self.row.region, name)
        if value is None:
            raise template_error(f"No export named {name} found.")
        self.imported.add(name)
        return value

    def wanted(self, member: Member) -> tuple[JsonDict, list[dict[str, str]]]:
        """(properties, tags) that the asked template gives a resource. Raises TemplateFault or Refused."""
        declared = self.template.resources[member.logical_id]
        properties = self.scope(scopes.current(self.rows)).resolve(declared.properties)
        if not isinstance(properties, dict):
            raise Refused(f"The Properties of {member.logical_id} must come out as an object.")
        kind = self.kind(member)
        kind.check(member.logical_id, properties)
        own: list[dict[str, str]] = []
        if kind.taggable and "Tags" in properties:
            try:
                own = comparing.tag_list(properties.pop("Tags"))
            except ValueError as error:
                raise Refused(f"Properties validation failed for resource {member.logical_id}: {error}") from None
        return properties, comparing.merged_tags(self.asked.tags if self.asked else [], own)

    # -- one resource ---------------------------------------------------------------------------------------------

    def kind(self, member: Member) -> ResourceType:
        return types()[member.type]

    def site(self, tx: Tx, member: Member, tags: list[dict[str, str]]) -> Site:
        """Where the resource's type works within a transaction."""
        api = self.work.port.acting_as(self._identity, self.row.region)
        return Site(
            tx, api, self.work.port.models, self.row, member.logical_id, member.id, tags, member.type, self.work.now
        )

    def held(self, member: Member) -> Held:
        return Held(member.physical_id, member.arn, member.properties, member.attributes)

    def note(self, tx: Tx, member: Member, status: str, reason: str = "", **values: Any) -> None:
        """Bring a resource to a status, with its event; `values` are further columns."""
        now = self.work.now
        text = reason[:REASON_CHARACTERS_MAX]
        members.change(tx, member, status=status, reason=text, modified=now, **values)
        about = Happening(member.logical_id, member.physical_id, member.type, status, text)
        journal.write(tx, self.row.arn, about, now=now, token=self.row.facts.get("token", ""))

    def stamp(self, tx: Tx, member: Member, tags: list[dict[str, str]], before: list[dict[str, str]]) -> None:
        """Tag a resource: the stack's tags, its own, and CloudFormation's three; take away what it no longer has."""
        if not member.arn or not self.kind(member).taggable:
            return
        keys = {pair["Key"] for pair in tags}
        tagging.remove(tx, member.arn, [pair["Key"] for pair in before if pair["Key"] not in keys])
        system = {
            "aws:cloudformation:stack-name": self.row.document["StackName"],
            "aws:cloudformation:stack-id": self.row.arn,
            "aws:cloudformation:logical-id": member.logical_id,
        }
        tagging.put(tx, member.arn, [*tags, *({"Key": key, "Value": value} for key, value in system.items())])

    def watch(self, tx: Tx, member: Member) -> None:
        """Look again when the resource's status changes."""
        resources.watch(tx, member.arn, self.work.task.kind, self.row.arn)

    # -- the stack ------------------------------------------------------------------------------------------------

    def remember(self, tx: Tx, **facts: Any) -> None:
        """Note what only the engine knows."""
        self.row = resources.save(tx, self.row, {}, now=self.work.now, facts=facts, touch=False)

    def advance(self, tx: Tx, to: str, reason: str = "", change: JsonDict | None = None, **facts: Any) -> None:
        """Bring the stack to a status."""
        moved = stacks.advance(tx, self.row, to, now=self.work.now, reason=reason, change=change, facts=facts)
        assert moved is not None, "write() has just read it"
        self.row = moved
