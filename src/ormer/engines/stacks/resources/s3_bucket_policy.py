"""AWS::S3::BucketPolicy: Ref gives the bucket's name."""

from __future__ import annotations

import json
from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]


def _create(site: Site, properties: JsonDict) -> Made:
    return _put(site, text_of(properties["Bucket"]), properties)


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    return _put(site, held.physical_id, properties)


def _put(site: Site, bucket: str, properties: JsonDict) -> Made:
    policy = properties["PolicyDocument"]
    text = policy if isinstance(policy, str) else json.dumps(policy)
    site.call("s3", "PutBucketPolicy", {"Bucket": bucket, "Policy": text})
    return Made(bucket, {"Bucket": bucket})


def _delete(site: Site, held: Held) -> None:
    site.call("s3", "DeleteBucketPolicy", {"Bucket": held.physical_id})


TYPE = ResourceType(
    "AWS::S3::BucketPolicy",
    _create,
    _delete,
    words("Bucket PolicyDocument"),
    _update,
    words("Bucket"),
    ("Bucket", "PolicyDocument"),
    words("Bucket"),
    "Bucket",
    taggable=False,
)
