"""What an action is given, and what can become of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ormer.engines.delivery import artifacts
from ormer.stores.deliveries.actions import ActionRow
from ormer.stores.port import Api
from ormer.stores.resources import Row
from ormer.stores.stores import Stores

JsonDict = dict[str, Any]


@dataclass(frozen=True)
class Action:
    """One run of an action, with its configuration resolved.

    inputs: {artifact: where it lies}, in the declaration's order. api: the port, as the action's role.
    """

    declaration: JsonDict
    configuration: Mapping[str, str]
    inputs: Mapping[str, JsonDict]
    bucket: str
    run: ActionRow
    execution: Row
    api: Api
    stores: Stores
    now: float

    @property
    def pipeline(self) -> str:
        return str(self.execution.document["pipelineName"])

    @property
    def outputs(self) -> list[str]:
        """The artifacts it is to make."""
        return [one["name"] for one in self.declaration.get("outputArtifacts", ())]

    def place(self, artifact: str) -> JsonDict:
        """Where this run puts an artifact."""
        return artifacts.place(self.bucket, self.pipeline, artifact, self.run.id)

    def file(self, reference: str) -> bytes:
        """The file that `Artifact::path` means. Raises artifacts.Broken."""
        name, separator, path = reference.partition("::")
        if not separator or name not in self.inputs:
            given = ", ".join(self.inputs) or "none"
            text = f"{reference} is not of the form Artifact::file with one of the action's input artifacts ({given})."
            raise artifacts.Broken(text)
        return artifacts.file(self.api, name, self.inputs[name], path)


@dataclass(frozen=True)
class Waiting:
    """It goes on elsewhere. watch: the resource whose changes wake it. at: when the calendar is to wake it.
    seconds: when to look again whatever happens. facts: to be kept with the run."""

    id: str = ""
    summary: str = ""
    url: str = ""
    watch: str = ""
    at: float | None = None
    seconds: float | None = None
    facts: JsonDict = field(default_factory=dict)


@dataclass(frozen=True)
class Succeeded:
    """Done. artifacts: {name: where it lies}. variables: what later actions may refer to.
    revision: a source's artifactRevision, without its name."""

    id: str = ""
    summary: str = ""
    url: str = ""
    artifacts: JsonDict = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    revision: JsonDict | None = None


@dataclass(frozen=True)
class Failed:
    """It will not be. code, message: errorDetails."""

    code: str
    message: str
    id: str = ""
    summary: str = ""
    url: str = ""


Outcome = Waiting | Succeeded | Failed


class Provider(Protocol):
    """A kind of action: a module with these functions. All may be called again at any moment, and raise AwsError or
    artifacts.Broken for what the pipeline's owner is to know.

    atomic: whether `start` runs inside the transaction that keeps its outcome, and so must be quick.
    """

    atomic: bool

    def start(self, action: Action) -> Outcome:
        """Begin the work; safe to call again after a crash."""

    def look(self, action: Action) -> Outcome:
        """What has become of work that waits."""

    def stop(self, action: Action) -> None:
        """Give work that waits up, because the execution is abandoned."""
