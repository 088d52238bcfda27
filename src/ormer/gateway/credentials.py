"""The room where running jobs fetch fresh keys of their role; each shows a token that only it was given."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from ormer.aws.errors import AwsError
from ormer.engines.jobs import credentials
from ormer.gateway.chunks import Body
from ormer.gateway.messages import Request, Response
from ormer.gateway.rooms import Entrance
from ormer.stores.stores import Stores

PREFIX = credentials.path_of("")


class JobCredentials:
    """Answers AWS_CONTAINER_CREDENTIALS_FULL_URI."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def owns(self, request: Request) -> bool:
        return request.raw_path.startswith(PREFIX)

    def entrances(self) -> Sequence[Entrance]:
        return (Entrance("GET", f"{PREFIX}some-job"),)

    async def answer(self, request: Request, body: Body) -> Response:
        """Keys for an hour; 403 for a token that is not the job's, or when the job is over."""
        token = request.headers.get("authorization", "")
        job = request.raw_path.removeprefix(PREFIX)
        found = await asyncio.to_thread(credentials.answer, self._stores, job, token) if token else None
        if found is None:
            raise AwsError("AccessDenied", "These credentials are only for the job they belong to, while it runs.", 403)
        return Response(200, {"content-type": "application/json"}, json.dumps(found).encode())
