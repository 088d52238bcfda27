"""The room where SNS's listeners confirm: an endpoint that was sent a token shows it, without a signature as in AWS."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ormer.aws.errors import AwsError
from ormer.gateway.chunks import Body
from ormer.gateway.messages import Request, Response
from ormer.gateway.rooms import Entrance
from ormer.stores.stores import Stores
from ormer.stores.topics import subscriptions

ANSWER = (
    '<ConfirmSubscriptionResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><ConfirmSubscriptionResult>'
    "<SubscriptionArn>{}</SubscriptionArn></ConfirmSubscriptionResult></ConfirmSubscriptionResponse>"
)


class Confirmations:
    """Answers a SubscribeURL."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def owns(self, request: Request) -> bool:
        return request.raw_path == subscriptions.PATH

    def entrances(self) -> Sequence[Entrance]:
        return (Entrance("GET", subscriptions.PATH),)

    async def answer(self, request: Request, body: Body) -> Response:
        """The subscription's ARN; 403 for a token that no subscription has."""
        arn = await asyncio.to_thread(self._confirm, request.query_map)
        if arn is None:
            raise AwsError("AccessDenied", "This URL confirms no subscription; use the one that was sent.", 403)
        return Response(200, {"content-type": "text/xml"}, ANSWER.format(arn).encode())

    def _confirm(self, asked: dict[str, str]) -> str | None:
        with self._stores.database.write() as tx:
            found = subscriptions.confirm(
                tx, asked.get("TopicArn", ""), asked.get("Token", ""), self._stores.clock.now()
            )
        return found.arn if found is not None else None
