"""Approval Manual: a person says yes or no, within a week unless declared otherwise.

https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals.html
"""

from __future__ import annotations

import json

from ormer.aws import arns
from ormer.aws.clock import iso_seconds
from ormer.engines.delivery.actions.contract import Action, Failed, Outcome, Succeeded, Waiting

atomic = True
# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
TIMEOUT_SECONDS = 7 * 24 * 3600.0


def start(action: Action) -> Outcome:
    """Tell the topic, where there is one, and wait. The token is the run's own id."""
    minutes = action.declaration.get("timeoutInMinutes")
    deadline = action.run.started + (60.0 * minutes if minutes else TIMEOUT_SECONDS)
    topic = action.configuration.get("NotificationArn")
    if topic:
        subject = f"APPROVAL NEEDED: AWS CodePipeline {action.pipeline}"[:100]
        message = json.dumps(_message(action, deadline))
        action.api("sns", "Publish", {"TopicArn": topic, "Subject": subject, "Message": message})
    return Waiting(at=deadline, facts={"token": action.run.id, "deadline": deadline})


def _message(action: Action, deadline: float) -> dict[str, object]:
    """https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-json-format.html"""
    given = action.configuration
    approval = {
        "pipelineName": action.pipeline,
        "stageName": action.run.stage,
        "actionName": action.run.action,
        "token": action.run.id,
        "expires": iso_seconds(deadline),
        "externalEntityLink": given.get("ExternalEntityLink"),
        "customData": given.get("CustomData"),
    }
    shown = {name: value for name, value in approval.items() if value is not None}
    return {"region": arns.parse(action.execution.arn).region, "approval": shown}


def look(action: Action) -> Outcome:
    """What the person said, if anything was said in time."""
    facts = action.run.facts
    answer = facts.get("answer")
    if answer is not None:
        if answer["status"] == "Approved":
            return Succeeded(id=action.run.id, summary=answer["summary"], variables={"summary": answer["summary"]})
        text = f"Approval rejected by {answer['by']}: {answer['summary']}".rstrip(": ")
        return Failed("ApprovalRejected", text, summary=answer["summary"])
    if action.now >= facts["deadline"]:
        return Failed("TimeoutError", "The approval was not answered before it expired.")
    return Waiting(at=facts["deadline"])


def stop(action: Action) -> None:
    """Nothing runs elsewhere."""
