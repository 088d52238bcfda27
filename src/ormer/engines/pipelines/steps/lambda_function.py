"""Lambda steps: a function is asked with the step's arguments, and what it returns are the step's outputs.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-lambda
"""

from __future__ import annotations

import json
from typing import Any

from ormer.engines.pipelines.definitions import Step
from ormer.engines.pipelines.expressions import text_of
from ormer.engines.pipelines.outcomes import Failed, Outcome, Stopped, Succeeded, Waiting
from ormer.engines.pipelines.runs import Run
from ormer.stores import resources
from ormer.stores.functions import asking, invocations

JsonDict = dict[str, Any]


def start(step: Step, run: Run) -> Outcome:
    """Ask the function, in the transaction that records the attempt."""
    arn = text_of(run.resolve(step, step.raw.get("FunctionArn", "")))
    arguments = run.resolve(step, step.arguments)
    with run.database.write() as tx, tx.connection.begin_nested():
        row = asking.ask(run.api, tx, arn, arguments, run.now, retries=0)
    return Waiting(row.arn, {"Lambda": {"Arn": arn}}, {"function": arn})


def describe(step: Step, run: Run) -> JsonDict:
    """The invocation's answer, with its status."""
    with run.database.read() as tx:
        row = resources.get(tx, run.rows[step.name].made_arn)
    assert row is not None, "it was found to have ended a moment ago"
    failed = row.status == invocations.FAILED
    return {"reason": invocations.reason_of(row) if failed else "", "payload": invocations.answer_of(row).payload}


def finish(step: Step, run: Run, described: JsonDict) -> Outcome:
    """The outputs that the step declares, taken from the object that the function returned."""
    arn = run.rows[step.name].facts["function"]
    metadata: JsonDict = {"Lambda": {"Arn": arn}}
    if run.row.status == "Stopping":
        return Stopped(metadata)
    if described["reason"]:
        return Failed(f"ClientError: The Lambda function {arn} failed: {described['reason']}", metadata)
    wanted = [str(each["OutputName"]) for each in step.raw.get("OutputParameters") or ()]
    answer = json.loads(described["payload"])
    missing = [name for name in wanted if not isinstance(answer, dict) or name not in answer]
    if missing:
        text = f"ClientError: The Lambda function {arn} returned no {missing[0]}, an output that the step declares."
        return Failed(text, metadata)
    outputs = {name: answer[name] for name in wanted}
    shown = [{"Name": name, "Value": text_of(value)} for name, value in outputs.items()]
    metadata["Lambda"]["OutputParameters"] = shown
    return Succeeded({"OutputParameters": outputs}, metadata)


def stop(step: Step, run: Run) -> None:
    """A function that has been asked ends by itself, as at AWS; the step is stopped when it has."""
