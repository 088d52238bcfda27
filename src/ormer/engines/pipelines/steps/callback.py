"""Callback steps: a message with a token goes to a queue, and whoever gets it says how the step ended.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-callback
"""

from __future__ import annotations

import json

from ormer.aws.errors import AwsError
from ormer.engines.pipelines.definitions import Step
from ormer.engines.pipelines.naming import suffix
from ormer.engines.pipelines.outcomes import Failed, Outcome, Waiting
from ormer.engines.pipelines.runs import Run

TOKEN_LENGTH = 10


def start(step: Step, run: Run) -> Outcome:
    """Send the message and wait for SendPipelineExecutionStepSuccess or …Failure with its token."""
    token = suffix("callback", run.row.arn, step.name, run.rows[step.name].attempt, length=TOKEN_LENGTH)
    queue = run.resolve(step, step.raw.get("SqsQueueUrl", ""))
    message = {
        "token": token,
        "pipelineExecutionArn": run.row.arn,
        "status": "Executing",
        "arguments": run.resolve(step, step.arguments),
    }
    try:
        run.call("sqs", "SendMessage", {"QueueUrl": queue, "MessageBody": json.dumps(message)})
    except AwsError as error:
        return Failed(f"ClientError: Failed to invoke sqs:SendMessage. Error Details: {error.message}")
    return Waiting(metadata={"Callback": {"CallbackToken": token, "SqsQueueUrl": queue}}, token=token)


def stop(step: Step, run: Run) -> None:
    """Nothing is under way but the wait itself, which the engine ends."""
