"""Invoke Lambda: a function is given a job, and says itself how it ended.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-Lambda.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.identities import session_identity
from ormer.engines.delivery.actions.contract import Action, Failed, Outcome, Succeeded, Waiting
from ormer.stores import resources
from ormer.stores.functions import asking, invocations

JsonDict = dict[str, Any]
atomic = True
# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
TIMEOUT_SECONDS = 3600.0
AGAIN_SECONDS = 30.0
CREDENTIALS_SECONDS = 3600.0
SESSION = "CodePipeline"
NO_RESULT = (
    "The AWS Lambda function {} failed to return a result. Check the function to verify that it has permission to call "
    "the PutJobSuccessResult action and that it made a call to PutJobSuccessResult."
)


def start(action: Action) -> Outcome:
    """Give the function its job. The job's id is the run's own."""
    return _asked(action, "")


def look(action: Action) -> Outcome:
    """What the function said with PutJobSuccessResult or PutJobFailureResult, if it has said anything yet."""
    facts = action.run.facts
    result = facts.get("result")
    if result is not None:
        return _settled(action, result)
    if facts.get("again") is not None and action.now >= facts["again"]["at"]:
        return _asked(action, facts["again"]["token"])
    with action.stores.database.read() as tx:
        invocation = resources.get(tx, facts["invocation"])
    if invocation is not None and invocation.status == invocations.FAILED:
        return Failed(
            "JobFailed", f"The AWS Lambda function {_name(action)} failed: {invocations.reason_of(invocation)}"
        )
    if action.now >= facts["deadline"]:
        return Failed("JobFailed", NO_RESULT.format(_name(action)))
    return Waiting(at=min(facts["deadline"], facts["again"]["at"]) if facts.get("again") else facts["deadline"])


def stop(action: Action) -> None:
    """The function ends by itself; its result finds nobody any more."""


def _settled(action: Action, result: JsonDict) -> Outcome:
    details = result.get("executionDetails", {})
    shown = {"id": details.get("externalExecutionId", ""), "summary": details.get("summary", "")}
    if "failureDetails" in result:
        failure = result["failureDetails"]
        return Failed(failure["type"], failure["message"], id=failure.get("externalExecutionId", ""))
    if result.get("continuationToken"):
        again = {"token": result["continuationToken"], "at": action.now + AGAIN_SECONDS}
        return Waiting(**shown, at=again["at"], facts={"result": None, "again": again})
    return Succeeded(
        **shown,
        artifacts={name: action.place(name) for name in action.outputs},
        variables={name: str(value) for name, value in result.get("outputVariables", {}).items()},
    )


def _asked(action: Action, continuation: str) -> Outcome:
    stores = action.stores
    with stores.database.write() as tx:
        identity = session_identity(action.run.input["roleArn"], SESSION)
        key = stores.keys.make(tx, identity, CREDENTIALS_SECONDS)
        credentials = {
            "accessKeyId": key.access_key_id,
            "secretAccessKey": key.secret,
            "sessionToken": key.session_token,
        }
        data = {**_job_data(action), "artifactCredentials": credentials}
        if continuation:
            data["continuationToken"] = continuation
        job = {"id": action.run.id, "accountId": action.execution.account, "data": data}
        row = asking.ask(action.api, tx, _name(action), {"CodePipeline.job": job}, action.now)
    deadline = action.run.facts.get("deadline", action.now + TIMEOUT_SECONDS)
    facts = {"job": True, "invocation": row.arn, "deadline": deadline, "again": None}
    return Waiting(watch=row.arn, at=deadline, facts=facts)


def _job_data(action: Action) -> JsonDict:
    """What a job is about. https://docs.aws.amazon.com/lambda/latest/dg/services-codepipeline.html"""
    inputs = [_artifact(name, place) for name, place in action.inputs.items()]
    outputs = [_artifact(name, action.place(name)) for name in action.outputs]
    return {
        "actionConfiguration": {"configuration": dict(action.configuration)},
        "inputArtifacts": inputs,
        "outputArtifacts": outputs,
    }


def _artifact(name: str, place: JsonDict) -> JsonDict:
    where = {"bucketName": place["bucket"], "objectKey": place["key"]}
    return {"name": name, "revision": None, "location": {"type": "S3", "s3Location": where}}


def _name(action: Action) -> str:
    return str(action.configuration["FunctionName"])
