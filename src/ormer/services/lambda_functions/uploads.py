"""A function's code as a request gives it: bytes, or an object of S3."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.lambda_functions.refusals import invalid
from ormer.stores.functions import codes
from ormer.stores.functions.codes import Code
from ormer.stores.port import Call

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
DIRECT_BYTES_MAX = 52_428_800
UNPACKED_BYTES_MAX = 262_144_000


def kept(call: Call, given: JsonDict) -> Code:
    """Keep the code that Code, or UpdateFunctionCode's request, names. Raises InvalidParameterValueException."""
    if given.get("ImageUri"):
        raise invalid("Functions of container images are not run here: give ZipFile, or S3Bucket and S3Key.")
    if given.get("ZipFile"):
        content = bytes(given["ZipFile"])
        if len(content) > DIRECT_BYTES_MAX:
            text = f"Request must be smaller than {DIRECT_BYTES_MAX} bytes for the code. Put the zip into S3."
            raise AwsError("RequestTooLargeException", text, 413, Type="User")
    elif given.get("S3Bucket") and given.get("S3Key"):
        content = _object(call, given)
    else:
        raise invalid("Please provide a source for function code.")
    _check(content)
    return codes.keep(call.stores.home, content)


def _object(call: Call, given: JsonDict) -> bytes:
    """The object, read by the caller's own leave."""
    where = {"Bucket": given["S3Bucket"], "Key": given["S3Key"]}
    if given.get("S3ObjectVersion"):
        where["VersionId"] = given["S3ObjectVersion"]
    try:
        head = call.api("s3", "HeadObject", where)
        if int(head.get("ContentLength", 0)) > UNPACKED_BYTES_MAX:
            raise invalid(f"Unzipped size must be smaller than {UNPACKED_BYTES_MAX} bytes")
        body = call.api("s3", "GetObject", where)["Body"]
    except AwsError as error:
        if error.code == "InvalidParameterValueException":
            raise
        raise invalid(
            f"Error occurred while GetObject. S3 Error Code: {error.code}. S3 Error Message: {error.message}"
        ) from None
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    return bytes(body.read()) if hasattr(body, "read") else b"".join(body)


def _check(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            total = sum(entry.file_size for entry in opened.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        raise invalid("Could not unzip uploaded file. Please check your file, then try to upload again.") from None
    if total > UNPACKED_BYTES_MAX:
        raise invalid(f"Unzipped size must be smaller than {UNPACKED_BYTES_MAX} bytes")
