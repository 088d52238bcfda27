"""A request's template: given in it, lying in S3, or the one the stack has already."""

from __future__ import annotations

from typing import Any

from ormer.aws import object_urls
from ormer.aws.errors import AwsError
from ormer.services.cloudformation.refusals import invalid
from ormer.stores.port import Call

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
BODY_BYTES_MAX = 51_200
OBJECT_BYTES_MAX = 1_048_576


def text_of(call: Call, request: JsonDict) -> str | None:
    """The template's text from TemplateBody or TemplateURL, None when neither is given."""
    body, url = request.get("TemplateBody"), request.get("TemplateURL")
    if body and url:
        raise invalid("Specify exactly one of TemplateBody and TemplateURL.")
    if url:
        return read(call, url)
    if body is not None and len(body.encode(errors="replace")) > BODY_BYTES_MAX:
        raise invalid(
            f"1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have "
            f"length less than or equal to {BODY_BYTES_MAX}. Put the template into S3 and give its TemplateURL."
        )
    return str(body) if body else None


def read(call: Call, url: str) -> str:
    """The text of an object by any of its URLs; it is always read here, by the caller's own leave."""
    where = place(url)
    try:
        head = call.api("s3", "HeadObject", where)
        if int(head.get("ContentLength", 0)) > OBJECT_BYTES_MAX:
            raise invalid(f"Template may not exceed {OBJECT_BYTES_MAX} bytes in size.")
        body = call.api("s3", "GetObject", where)["Body"]
    except AwsError as error:
        if error.code == "ValidationError":
            raise
        raise invalid(f"S3 error: {error.message or error.code} ({url})") from None
    raw = bytes(body) if isinstance(body, bytes | bytearray) else _joined(body)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise invalid(f"Template format error: {url} is not a text in UTF-8.") from None


def _joined(body: Any) -> bytes:
    return bytes(body.read(OBJECT_BYTES_MAX)) if hasattr(body, "read") else b"".join(body)


def place(url: str) -> JsonDict:
    """GetObject's members of an object's URL. Raises ValidationError for what is none."""
    try:
        return object_urls.place(url)
    except ValueError:
        raise invalid("TemplateURL must be a supported URL.") from None
