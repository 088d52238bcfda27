"""What a resource type is to the engine, and what the engine gives a type to work with.

A type is one file in `resources/`: functions that create, update and delete through the port as whoever the stack acts
for, and a few words on which properties replace and what Ref and Fn::GetAtt give. A call that raises leaves nothing
behind: the engine runs each function inside a savepoint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ormer.aws.errors import AwsError
from ormer.aws.models import Models
from ormer.engines.stacks import naming, shapes
from ormer.stores.database import Tx
from ormer.stores.port import Api
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
TagList = list[dict[str, str]]


class Refused(Exception):
    """A resource that cannot be made or changed as it was declared; the text becomes its ResourceStatusReason."""


@dataclass(frozen=True)
class Made:
    """What a type made or found.

    physical_id: what Ref gives. attributes: what Fn::GetAtt gives. arn: by which it stands among the resources, where
    it is watched and tagged ("" when it does not). done: nothing was begun, so that nothing is to be waited for.
    left: an older physical resource that stays behind, to be deleted once the stack's operation is over.
    """

    physical_id: str
    attributes: JsonDict = field(default_factory=dict)
    arn: str = ""
    done: bool = False
    left: Made | None = None


@dataclass(frozen=True)
class Held:
    """A resource as it stands: its ids, the properties that were applied, and what Fn::GetAtt gives."""

    physical_id: str
    arn: str
    properties: JsonDict
    attributes: JsonDict


@dataclass(frozen=True)
class Site:
    """Where a type works: the port as whoever the stack acts for, and names that stay the same however often it runs.

    tx: the transaction under way. tags: every tag the resource is to have, the stack's and its own. number: the row's.
    type: as the template names it. now: the calendar's time.
    """

    tx: Tx
    api: Api
    models: Models
    stack: Row
    logical_id: str
    number: int
    tags: TagList
    type: str = ""
    now: float = 0.0

    @property
    def account(self) -> str:
        return self.stack.account

    @property
    def region(self) -> str:
        return self.stack.region

    def call(self, service: str, operation: str, params: JsonDict) -> JsonDict:
        """Call an operation with exactly these members; a refused call leaves nothing behind."""
        with self.tx.connection.begin_nested():
            return self.api(service, operation, params)

    def make(self, service: str, operation: str, properties: JsonDict, **more: Any) -> JsonDict:
        """Call an operation with properties put into its shape: names by their letters, values by their types.

        Raises Refused for a property the operation does not have.
        """
        return self.call(service, operation, {**self.fitted(service, operation, properties), **more})

    def fitted(self, service: str, operation: str, properties: JsonDict) -> JsonDict:
        """Properties in the shape of an operation's request. Raises Refused for one that it does not have."""
        shape = self.models.operation(service, operation).input_shape
        try:
            fitted: JsonDict = shapes.fitted(properties, shape)
        except shapes.Misfit as misfit:
            raise Refused(
                f"Properties validation failed for resource {self.logical_id} with message: {misfit}"
            ) from None
        return fitted

    def name(self, length: int = 63, lower: bool = False) -> str:
        """A physical name of this stack's making: `<stack>-<logical id>-<12 letters>`, the same at every call."""
        stack = str(self.stack.document["StackName"])
        return naming.physical(stack, self.logical_id, (self.stack.arn, self.number), length, lower)

    def refuse_taken(self, name: str) -> NoReturn:
        """Raise for a name that somebody else's resource has: where Put would change that one."""
        raise AwsError("AlreadyExistsException", f"{name} already exists")

    def token(self) -> str:
        """A request token that only this resource has."""
        return naming.suffix(self.stack.arn, self.logical_id, self.number, length=40)


Create = Callable[[Site, JsonDict], Made]
Update = Callable[[Site, Held, JsonDict], Made]
Delete = Callable[[Site, Held], None]


@dataclass(frozen=True)
class ResourceType:
    """One resource type.

    update: None when every change replaces. replaces: properties whose change replaces, `A.B` for a member of A.
    required: properties that must be there. properties: every property it has.
    attributes: what Fn::GetAtt may ask. named_by: the property that gives it a name of the person's choice, "" when
    there is none. taggable: whether it has tags. waits: whether it is ready, and deleted, only when its status says so.
    failed: statuses that mean failure. gone: statuses that mean it is deleted. settled: looked at again once it is
    ready; may raise Refused.
    always: updated at every stack update, since what it refers to may have changed. iam: whether making it needs the
    caller to acknowledge IAM resources. open: takes properties of any name, and gives attributes of any name.
    """

    name: str
    create: Create
    delete: Delete
    properties: frozenset[str]
    update: Update | None = None
    replaces: frozenset[str] = frozenset()
    required: tuple[str, ...] = ()
    attributes: frozenset[str] = frozenset()
    named_by: str = ""
    taggable: bool = True
    waits: bool = False
    failed: frozenset[str] = frozenset({"Failed"})
    gone: frozenset[str] = frozenset()
    settled: Update | None = None
    always: bool = False
    iam: bool = False
    open: bool = False

    def check(self, logical_id: str, properties: Mapping[str, Any]) -> None:
        """Raise Refused for properties that it does not have, and for missing ones."""
        named = () if self.open else properties
        unknown = [name for name in named if name not in self.properties and not self._is_tags(name)]
        faults = [f"#: extraneous key [{name}] is not permitted" for name in unknown]
        faults += [f"#: required key [{name}] not found" for name in self.required if name not in properties]
        if faults:
            text = "\n".join(faults)
            raise Refused(f"Properties validation failed for resource {logical_id} with message:\n{text}")

    def has_attribute(self, name: str) -> bool:
        return (
            self.open
            or name in self.attributes
            or any(each.endswith(".*") and name.startswith(each[:-1]) for each in self.attributes)
        )

    def _is_tags(self, name: str) -> bool:
        return self.taggable and name == "Tags"


def pick(properties: Mapping[str, Any], names: Iterable[str]) -> JsonDict:
    """The properties of these names that are there."""
    return {name: properties[name] for name in names if name in properties}


def without(properties: Mapping[str, Any], *names: str) -> JsonDict:
    """The properties less these names."""
    return {name: value for name, value in properties.items() if name not in names}
