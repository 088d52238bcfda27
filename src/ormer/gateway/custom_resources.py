"""The room where functions put their answers to custom resources' requests, under the address that each was given."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ormer.aws.errors import AwsError
from ormer.gateway.chunks import Body
from ormer.gateway.messages import Request, Response
from ormer.gateway.rooms import Entrance
from ormer.stores.stacks import custom_resources
from ormer.stores.stores import Stores

# What is too long for CloudFormation is still read, so that the stack says so.
BODY_BYTES_MAX = 1 << 20
REFUSAL = "This address takes the answer to one request, once, while the stack waits for it."


class CustomResourceAnswers:
    """Answers PUT at a ResponseURL."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def owns(self, request: Request) -> bool:
        return request.raw_path == custom_resources.PATH

    def entrances(self) -> Sequence[Entrance]:
        return (Entrance("PUT", custom_resources.PATH),)

    async def answer(self, request: Request, body: Body) -> Response:
        """200 with an empty body, as S3 answers a PUT; 403 for an address that is nobody's."""
        found = custom_resources.opened(self._stores.vault, request.query_map.get("token", ""))
        if found is None or request.method != "PUT":
            raise AwsError("AccessDenied", REFUSAL, 403)
        content = await body.read(BODY_BYTES_MAX)
        if not await asyncio.to_thread(self._take, *found, content):
            raise AwsError("AccessDenied", REFUSAL, 403)
        return Response(200)

    def _take(self, arn: str, request_id: str, content: bytes) -> bool:
        with self._stores.database.write() as tx:
            return custom_resources.take(tx, arn, request_id, content, self._stores.clock.now())
