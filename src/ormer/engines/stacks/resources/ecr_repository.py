"""AWS::ECR::Repository: Ref gives its name."""

from __future__ import annotations

import json
from typing import Any

from ormer.engines.stacks.contracts import Held, Made, ResourceType, Site
from ormer.engines.stacks.language.values import text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
NAME, POLICY, LIFECYCLE = "RepositoryName", "RepositoryPolicyText", "LifecyclePolicy"
MUTABILITY, SCANNING, ENCRYPTION = "ImageTagMutability", "ImageScanningConfiguration", "EncryptionConfiguration"
LIFECYCLE_TEXT = "LifecyclePolicyText"


def _create(site: Site, properties: JsonDict) -> Made:
    name = text_of(properties.get(NAME) or site.name(256, lower=True))
    request: JsonDict = {"repositoryName": name, "tags": site.tags}
    if MUTABILITY in properties:
        request["imageTagMutability"] = properties[MUTABILITY]
    if SCANNING in properties:
        request["imageScanningConfiguration"] = _scanning(properties)
    if ENCRYPTION in properties:
        given = properties[ENCRYPTION]
        kept = {"encryptionType": given["EncryptionType"]}
        request["encryptionConfiguration"] = kept | ({"kmsKey": given["KmsKey"]} if given.get("KmsKey") else {})
    made = site.call("ecr", "CreateRepository", request)["repository"]
    _tell(site, name, properties, {})
    return Made(name, {"Arn": made["repositoryArn"], "RepositoryUri": made["repositoryUri"]}, made["repositoryArn"])


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    name = {"repositoryName": held.physical_id}
    if properties.get(MUTABILITY) != held.properties.get(MUTABILITY):
        mutability = properties.get(MUTABILITY, "MUTABLE")
        site.call("ecr", "PutImageTagMutability", {**name, "imageTagMutability": mutability})
    if properties.get(SCANNING) != held.properties.get(SCANNING):
        scanning = _scanning(properties)
        site.call("ecr", "PutImageScanningConfiguration", {**name, "imageScanningConfiguration": scanning})
    _tell(site, held.physical_id, properties, held.properties)
    return Made(held.physical_id, held.attributes, held.arn)


def _tell(site: Site, name: str, properties: JsonDict, before: JsonDict) -> None:
    """Both policies, where they changed."""
    named = {"repositoryName": name}
    if POLICY in properties and properties[POLICY] != before.get(POLICY):
        policy = properties[POLICY]
        text = policy if isinstance(policy, str) else json.dumps(policy)
        site.call("ecr", "SetRepositoryPolicy", {**named, "policyText": text})
    elif POLICY in before and POLICY not in properties:
        site.call("ecr", "DeleteRepositoryPolicy", named)
    lifecycle, old = (each.get(LIFECYCLE) or {} for each in (properties, before))
    if lifecycle.get(LIFECYCLE_TEXT) and lifecycle != old:
        site.call("ecr", "PutLifecyclePolicy", {**named, "lifecyclePolicyText": text_of(lifecycle[LIFECYCLE_TEXT])})
    elif old.get(LIFECYCLE_TEXT) and not lifecycle.get(LIFECYCLE_TEXT):
        site.call("ecr", "DeleteLifecyclePolicy", named)


def _scanning(properties: JsonDict) -> JsonDict:
    scans = (properties.get(SCANNING) or {}).get("ScanOnPush", False)
    return {"scanOnPush": text_of(scans).lower() == "true"}


def _delete(site: Site, held: Held) -> None:
    site.call("ecr", "DeleteRepository", {"repositoryName": held.physical_id, "force": True})


TYPE = ResourceType(
    "AWS::ECR::Repository",
    _create,
    _delete,
    words("EmptyOnDelete", ENCRYPTION, SCANNING, MUTABILITY, LIFECYCLE, NAME, POLICY),
    _update,
    words(NAME, ENCRYPTION, f"{ENCRYPTION}.EncryptionType", f"{ENCRYPTION}.KmsKey"),
    attributes=words("Arn RepositoryUri"),
    named_by=NAME,
)
