"""Deploy S3: an artifact, or the files in it, put into a bucket.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-S3Deploy.html
"""

from __future__ import annotations

import mimetypes

from ormer.engines.delivery import artifacts
from ormer.engines.delivery.actions.contract import Action, Failed, Outcome, Succeeded

atomic = False
# A file is held in memory on its way.
FILE_BYTES_MAX = 512 * 1024 * 1024
DEFAULT_TYPE = "application/octet-stream"


def start(action: Action) -> Outcome:
    """Put everything; a second time puts the same."""
    given = action.configuration
    name, location = next(iter(action.inputs.items()))
    key = given.get("ObjectKey", "").strip("/")
    if given["Extract"].lower() != "true":
        if not key:
            return Failed("ConfigurationError", "ObjectKey is required when Extract is false.")
        data = artifacts.read(action.api, location["bucket"], location["key"])
        _put(action, key, data)
        return Succeeded(summary="Deployment Succeeded")
    with artifacts.opened(action.api, name, location) as archive:
        for info in archive.infolist():
            if not info.is_dir():
                path = info.filename.lstrip("/")
                _put(action, f"{key}/{path}" if key else path, artifacts.member(archive, info, FILE_BYTES_MAX))
    return Succeeded(summary="Deployment Succeeded")


def _put(action: Action, key: str, data: bytes) -> None:
    given = action.configuration
    request = {
        "Bucket": given["BucketName"],
        "Key": key,
        "Body": data,
        "ContentType": mimetypes.guess_type(key)[0] or DEFAULT_TYPE,
    }
    if given.get("CacheControl"):
        request["CacheControl"] = given["CacheControl"]
    if given.get("CannedACL"):
        request["ACL"] = given["CannedACL"]
    action.api("s3", "PutObject", request)


def look(action: Action) -> Outcome:
    """Nothing waits: do it again."""
    return start(action)


def stop(action: Action) -> None:
    """Nothing waits."""
