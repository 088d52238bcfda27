"""What a step executor is given: the execution, every step's row, and values for functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ormer.aws.clock import iso
from ormer.aws.errors import AwsError
from ormer.aws.models import Models
from ormer.engines.pipelines import expressions, objects
from ormer.engines.pipelines.arguments import JOBS, coerce
from ormer.engines.pipelines.definitions import Definition, Step
from ormer.engines.pipelines.expressions import Unresolved
from ormer.engines.pipelines.naming import job_name
from ormer.stores.database import Database
from ormer.stores.port import Api
from ormer.stores.resources import Row
from ormer.stores.runs.steps import StepRow

JsonDict = dict[str, Any]


@dataclass
class Run:
    """An execution under way. `api` calls operations as the pipeline's role; `now` is the calendar in seconds."""

    row: Row
    definition: Definition
    rows: Mapping[str, StepRow]
    api: Api
    models: Models
    database: Database
    now: float
    json_objects: dict[str, Any] = field(default_factory=dict)

    @property
    def pipeline_name(self) -> str:
        return str(self.row.document["PipelineName"])

    @property
    def experiment(self) -> JsonDict | None:
        """The resolved PipelineExperimentConfig, None when the execution keeps no experiment."""
        found: JsonDict | None = self.row.document.get("PipelineExperimentConfig")
        return found

    def call(self, service: str, operation: str, params: JsonDict) -> JsonDict:
        """Call an operation as the role within the step's transaction; a refused call leaves nothing behind."""
        with self.database.write() as tx, tx.connection.begin_nested():
            return self.api(service, operation, params)

    def view(self, step: Step) -> View:
        return View(self, step)

    def resolve(self, step: Step, value: Any) -> Any:
        """The value with functions replaced. Raises Unresolved."""
        return expressions.resolve(value, self.view(step))

    def arguments(self, step: Step) -> JsonDict:
        """The step's Arguments, resolved and in the types of the request they become. Raises Unresolved."""
        resolved = self.resolve(step, step.arguments)
        shape = self.models.operation("sagemaker", JOBS[step.type].create).input_shape
        coerced: JsonDict = coerce(resolved, shape)
        return coerced

    def name_for(self, step: Step, prefix: str | None = None) -> str:
        """The name of what this attempt of the step makes."""
        return job_name(self.row.arn, step.name, self.rows[step.name].attempt, prefix)


@dataclass(frozen=True)
class View:
    """Values for the functions of one step."""

    run: Run
    step: Step

    def parameter(self, name: str) -> Any:
        return self.run.row.facts["parameters"][name]

    def variable(self, name: str) -> Any:
        row = self.run.row
        if name == "PipelineName":
            return self.run.pipeline_name
        if name == "PipelineArn":
            return row.parent
        if name == "PipelineExecutionId":
            return row.name
        if name == "PipelineExecutionArn":
            return row.arn
        if name == "StartDateTime":
            return iso(row.created)
        if name == "CurrentDateTime":
            return iso(self.run.now)
        return self.run.name_for(self.step)

    def properties(self, step: str) -> Any:
        row = self.run.rows[step]
        if row.status != "Succeeded":
            raise Unresolved(f"Step '{step}' has no properties: its status is {row.status or 'not started'}.")
        return row.properties

    def property_file(self, step: str, name: str) -> Any:
        kept = self.run.rows[step].property_files.get(name)
        if kept is None:
            raise Unresolved(f"Step '{step}' left no property file '{name}'.")
        if "fault" in kept:
            raise Unresolved(kept["fault"])
        return kept["document"]

    def json_object(self, uri: str) -> Any:
        if uri not in self.run.json_objects:
            try:
                self.run.json_objects[uri] = objects.read_json(self.run.api, uri)
            except (AwsError, ValueError) as error:
                raise Unresolved(f"Std:JsonGet cannot read {uri}: {error}") from None
        return self.run.json_objects[uri]
