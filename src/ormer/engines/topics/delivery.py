"""The task "sns_subscription": posts what is on its way to one subscription, the oldest first.

Durable are the messages. One is removed after it was taken, so a crash in between posts it again: at least once, as
AWS. While an endpoint does not answer its messages wait behind the first; what was tried often enough becomes a dead
letter, in the subscription's queue for such if it has one. Few posts run at once, so that endpoints that hang hold no
more than a few of the worker's threads.
"""

from __future__ import annotations

import threading
from typing import Any

import structlog

from ormer.aws.errors import AwsError
from ormer.aws.identities import root_identity
from ormer.engines.topics import envelopes, queues
from ormer.engines.topics.posting import NotDelivered, post
from ormer.engines.worker import Again, Work
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.resources import Row
from ormer.stores.topics import deliveries, hosts

# Seconds before each further attempt. https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
PAUSES_SECONDS = (0.0, 1.0, 1.0, 5.0, 20.0, 20.0, 60.0, 300.0, 600.0)
AT_ONCE = 4
BUSY_SECONDS = 0.5
BATCH = 20
LAMBDA = "lambda"

log = structlog.get_logger("ormer.sns")


class Deliveries:
    """endpoint: where this server listens, for the URL that confirms."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def run(self, work: Work) -> Again | None:
        """Deliver what is due. Returns None when nothing is left."""
        if not self._places.acquire(blocking=False):
            return Again(seconds=BUSY_SECONDS)
        try:
            return self._deliver(work)
        finally:
            self._places.release()

    def _deliver(self, work: Work) -> Again | None:
        for _ in range(BATCH):
            with work.read() as tx:
                subscription = resources.get(tx, work.subject)
                delivery = deliveries.first(tx, work.subject)
                allowed = hosts.allowed(tx)
            if subscription is None or delivery is None:
                return None
            pause = self._try(work, subscription, delivery, allowed)
            if pause is not None:
                return Again(seconds=pause)
        return Again(seconds=0.0)

    def _try(self, work: Work, subscription: Row, delivery: Any, allowed: frozenset[str]) -> float | None:
        """One attempt. Returns how long to wait before the next one, None when the message is dealt with."""
        try:
            if subscription.document["Protocol"] == LAMBDA:
                _invoke(work, subscription, delivery)
                return None
            if subscription.document["Protocol"] == queues.PROTOCOL:
                with work.write() as tx:
                    queues.put(work, tx, subscription, delivery, subscription.document["Endpoint"], self._endpoint)
                    deliveries.done(tx, delivery["number"])
                return None
            place = hosts.place(subscription.document["Endpoint"], allowed)
            body = envelopes.body(subscription, delivery, self._endpoint)
            post(place, body, envelopes.headers(subscription, delivery))
        except (NotDelivered, ValueError, AwsError) as error:
            dead = isinstance(error, queues.Refused) or delivery["attempts"] >= len(PAUSES_SECONDS)
            count = delivery["attempts"] + 1
            log.warning("not delivered", subscription=subscription.arn, attempts=count, why=str(error))
            with work.write() as tx:
                if not (dead and self._buried(work, tx, subscription, delivery)):
                    deliveries.failed(tx, delivery["number"], str(error), dead=dead)
                deliveries.forget(tx, subscription.arn, before=work.now - deliveries.KEPT_SECONDS)
            return None if dead else PAUSES_SECONDS[delivery["attempts"]]
        with work.write() as tx:
            deliveries.done(tx, delivery["number"])
        return None

    def _buried(self, work: Work, tx: Tx, subscription: Row, delivery: Any) -> bool:
        """Whether the message went to the subscription's dead-letter queue."""
        queue = queues.dead_letter_queue(subscription)
        if not queue:
            return False
        try:
            queues.put(work, tx, subscription, delivery, queue, self._endpoint)
        except queues.Refused as error:
            log.warning("not buried", subscription=subscription.arn, queue=queue, why=str(error))
            return False
        deliveries.done(tx, delivery["number"])
        return True


def give_up(work: Work, tx: Tx, reason: str) -> bool:
    """Make a dead letter of the message that raises again and again, so that those behind it go on."""
    delivery = deliveries.first(tx, work.subject)
    if delivery is None:
        return False
    deliveries.failed(tx, delivery["number"], reason, dead=True)
    return True


def _invoke(work: Work, subscription: Row, delivery: Any) -> None:
    """Ask the function, and take the message away, in one transaction: each message asks it once."""
    api = work.port.acting_as(root_identity(subscription.account), subscription.region)
    payload = envelopes.record(subscription, delivery)
    request = {"FunctionName": subscription.document["Endpoint"], "InvocationType": "Event", "Payload": payload}
    with work.write() as tx:
        api("lambda", "Invoke", request)
        deliveries.done(tx, delivery["number"])
