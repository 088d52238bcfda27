"""The templates behind products: read where their owner says, kept in a bucket of the account's.

As at AWS the kept objects carry the tag `servicecatalog:provisioning`, by which a launch role's policy may allow them.
https://docs.aws.amazon.com/servicecatalog/latest/adminguide/catalogs_constraints_launch.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from ormer.aws import object_urls
from ormer.aws.errors import AwsError
from ormer.aws.identities import root_identity
from ormer.services.servicecatalog.products import GUIDANCE, TYPE
from ormer.stores import catalogs, products
from ormer.stores.port import Api, Call

JsonDict = dict[str, Any]
FROM_URL, FROM_STACK = "LoadTemplateFromURL", "ImportFromPhysicalId"
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
TEMPLATE_BYTES_MAX = 1_048_576
# The one region whose buckets are made without saying where.
FIRST_REGION = "us-east-1"
KEPT_OF_TEMPLATE = ("Parameters", "Outputs")


def take_in(call: Call, product_id: str, parameters: JsonDict) -> tuple[JsonDict, JsonDict]:
    """Read a version's template and keep it. Returns the version and what is asked of its template later.

    Raises InvalidParametersException for a template that cannot be read or is none.
    """
    if parameters.get("Type", TYPE) != TYPE:
        raise invalid(f"Versions here are templates: give the type {TYPE}.")
    text = _text(call, parameters.get("Info", {}), not parameters.get("DisableTemplateValidation"))
    try:
        document = products.plainly(text)
    except yaml.YAMLError as error:
        raise invalid(f"The template cannot be read: {error}") from None
    version = {
        "Id": catalogs.new_id("pa"),
        "Name": parameters.get("Name") or products.VERSION,
        "Description": parameters.get("Description", ""),
        "Type": TYPE,
        "CreatedTime": call.now,
        "Active": True,
        "Guidance": GUIDANCE,
    }
    _keep(call, catalogs.key_of(product_id, version["Id"]), text)
    return version, {name: document.get(name) or {} for name in KEPT_OF_TEMPLATE}


def forget(call: Call, product_id: str, version_ids: Iterable[str]) -> None:
    """Delete the templates of versions that are deleted."""
    api, bucket = _owner(call), catalogs.bucket_of(call.account, call.region)
    for one in version_ids:
        api("s3", "DeleteObject", {"Bucket": bucket, "Key": catalogs.key_of(product_id, one)})


def _text(call: Call, info: JsonDict, checked: bool) -> str:
    """A template's text, read by the caller's own leave, as CloudFormation reads it."""
    if FROM_URL not in info:
        raise invalid(f"Give the template's place in S3 as Info {FROM_URL}; {FROM_STACK} is not there yet.")
    try:
        if checked:
            call.api("cloudformation", "ValidateTemplate", {"TemplateURL": info[FROM_URL]})
        body = call.api("s3", "GetObject", object_urls.place(info[FROM_URL]))["Body"]
        data = bytes(body) if isinstance(body, bytes | bytearray) else _joined(body)
        return data.decode("utf-8-sig")
    except AwsError as error:
        raise invalid(f"The template cannot be used: {error.message or error.code}") from None
    except ValueError:
        raise invalid(f"{info[FROM_URL]} is not the URL of a template in S3.") from None


def _joined(body: Any) -> bytes:
    return bytes(body.read(TEMPLATE_BYTES_MAX)) if hasattr(body, "read") else b"".join(body)


def _keep(call: Call, key: str, text: str) -> None:
    api, bucket = _owner(call), catalogs.bucket_of(call.account, call.region)
    try:
        api("s3", "HeadBucket", {"Bucket": bucket})
    except AwsError:
        elsewhere = (
            {} if call.region == FIRST_REGION else {"CreateBucketConfiguration": {"LocationConstraint": call.region}}
        )
        api("s3", "CreateBucket", {"Bucket": bucket, **elsewhere})
    api("s3", "PutObject", {"Bucket": bucket, "Key": key, "Body": text.encode(), "Tagging": catalogs.LAUNCH_TAG})


def _owner(call: Call) -> Api:
    return call.port.acting_as(root_identity(call.account), call.region)


def invalid(text: str) -> AwsError:
    """A version that cannot be."""
    return AwsError("InvalidParametersException", text)
