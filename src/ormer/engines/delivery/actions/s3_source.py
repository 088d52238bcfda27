"""Source S3: a versioned object becomes the artifact as it is.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-S3.html
"""

from __future__ import annotations

from ormer.engines.delivery import artifacts
from ormer.engines.delivery.actions.contract import Action, Failed, Outcome, Succeeded

atomic = False


def start(action: Action) -> Outcome:
    """Copy the object's newest version, or the one the execution was started with."""
    given = action.configuration
    asked = action.execution.facts.get("revisions", {}).get(action.declaration["name"], {})
    bucket, key = given["S3Bucket"], asked.get("S3_OBJECT_KEY") or given["S3ObjectKey"]
    where = {"Bucket": bucket, "Key": key}
    if asked.get("S3_OBJECT_VERSION_ID"):
        where["VersionId"] = asked["S3_OBJECT_VERSION_ID"]
    if action.api("s3", "GetBucketVersioning", {"Bucket": bucket}).get("Status") != "Enabled":
        text = f"The bucket {bucket} does not keep versions: enable versioning on it, a source needs that."
        return Failed("ConfigurationError", text)
    head = action.api("s3", "HeadObject", where)
    version = head.get("VersionId")
    data = artifacts.read(action.api, bucket, key, version)
    place = action.place(action.outputs[0])
    artifacts.write(action.api, place, data)
    summary = head.get("Metadata", {}).get("codepipeline-artifact-revision-summary")
    text = summary or f"Amazon S3 version id: {version}"
    return Succeeded(
        id=version or "",
        summary=text,
        artifacts={action.outputs[0]: place},
        variables={"BucketName": bucket, "ObjectKey": key, "VersionId": version or "", "ETag": head["ETag"].strip('"')},
        revision={"revisionId": version, "revisionSummary": text},
    )


def look(action: Action) -> Outcome:
    """Nothing waits: do it again."""
    return start(action)


def stop(action: Action) -> None:
    """Nothing waits."""
