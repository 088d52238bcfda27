"""Objects for pages: the beginning of one to look at, or all of it to keep; never as a page of ours.

An HTML object may stand in a frame of Studio's: sandboxed without scripts, forms or an origin, it reaches nothing.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from ormer.aws.errors import AwsError
from ormer.aws.identities import Identity
from ormer.gateway.messages import Request, Response
from ormer.stores.port import Port
from ormer.studio.answers import NO_STORE
from ormer.studio.guards import HEADERS

# Enough of a file to see what it is, and all of every report and statistics file.
PREVIEW_BYTES_MAX = 4 << 20
URI = re.compile(r"s3://(?P<bucket>[^/]+)/(?P<key>.+)", re.DOTALL)
# A file that somebody stored must do nothing in this origin, whatever it holds.
INERT = {"content-security-policy": "default-src 'none'; sandbox"}
# Reports bring their styles and pictures inside. Only pages of Studio may frame one.
FRAMED = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "frame-ancestors 'self'; sandbox",
    "content-type": "text/html; charset=utf-8",
}


def answer(port: Port, identity: Identity, region: str, request: Request) -> Response:
    """An object by `uri` (or `bucket` and `key`): its first bytes, or with `download` the whole as a file.

    With `page` its first bytes as HTML that does nothing, for a frame.

    Raises what GetObject raises: NoSuchKey, NoSuchBucket, AccessDenied.
    """
    asked = request.query_map
    match = URI.fullmatch(asked.get("uri", ""))
    bucket, key = (match["bucket"], match["key"]) if match else (asked.get("bucket", ""), asked.get("key", ""))
    if not bucket or not key:
        raise AwsError("InvalidRequest", "Say which object: uri=s3://bucket/key.")
    whole = "download" in asked
    found = port.call(identity, region, "s3", "GetObject", {"Bucket": bucket, "Key": key})
    body, size = found["Body"], int(found["ContentLength"])
    headers = {**HEADERS, **INERT, **NO_STORE, "content-type": "application/octet-stream", "x-ormer-size": str(size)}
    if whole:
        name = quote(key.rsplit("/", 1)[-1], safe="")
        headers |= {"content-disposition": f"attachment; filename*=UTF-8''{name}", "content-length": str(size)}
        return Response(200, headers, body.chunks())
    if "page" in asked:
        headers |= FRAMED
    try:
        return Response(200, headers, body.read(PREVIEW_BYTES_MAX))
    finally:
        body.close()
