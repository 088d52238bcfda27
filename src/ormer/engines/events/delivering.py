"""Deliveries: the task that hands one event to one target, tries again as long as its policy says, and gives up.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws import arns, event_inputs, event_targets
from ormer.aws.errors import AwsError
from ormer.engines.events import calls, queues, webhooks
from ormer.engines.events.calls import Sending
from ormer.engines.events.engine import count
from ormer.engines.events.webhooks import Webhooks
from ormer.engines.worker import Again, Work
from ormer.stores import logs
from ormer.stores.database import Tx
from ormer.stores.rules import deliveries
from ormer.stores.rules.deliveries import Delivery

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RetryPolicy.html
ATTEMPTS_MAX = 185
AGE_SECONDS_MAX = 86_400
PAUSE_SECONDS, PAUSE_SECONDS_MAX = 0.5, 300.0
# The log group of what could not be delivered, one stream for each rule or schedule.
LETTERS = "/aws/events/dead-letters"
NOT_THERE_YET = 501
# Refusals that another time may be none. All other refusals are final, as in AWS.
PASSING = ("Throttl", "TooManyRequests", "LimitExceeded", "ConcurrentModification", "ServiceUnavailable", "Conflict")


class Deliveries:
    """Makes deliveries: to operations through the port, to the world through `webhooks`."""

    def __init__(self, hooks: Webhooks) -> None:
        self._hooks = hooks

    def run(self, work: Work) -> Again | None:
        """Make the delivery `work.subject` (its number) once; after a crash it is looked at afresh."""
        with work.read() as tx:
            delivery = deliveries.get(tx, int(work.subject))
        if delivery is None or delivery.status != deliveries.PENDING:
            return None
        if work.now - delivery.created > _policy(delivery, "MaximumEventAgeInSeconds", AGE_SECONDS_MAX):
            return _given_up(work, delivery, {**(delivery.error or {}), "exhausted": "MaximumEventAgeInSeconds"})
        try:
            if event_targets.kind_of(delivery.target["Arn"]) == event_targets.API_DESTINATION:
                return self._post(work, delivery)
            return _called(work, delivery)
        except AwsError as error:
            return _refused(work, delivery, error)

    def _post(self, work: Work, delivery: Delivery) -> Again | None:
        """POST outside of any transaction, since it may take seconds; then say so."""
        with work.read() as tx:
            request = webhooks.request_for(tx, work.stores.vault, delivery)
        with self._hooks.turn() as free:
            if not free:
                return Again(seconds=webhooks.BUSY_SECONDS)
            answer = self._hooks.send(request)
        with work.write() as tx:
            _delivered(tx, delivery, answer, work.now)
        return None


def give_up(work: Work, tx: Tx, reason: str) -> bool:
    """Bury a delivery that raises again and again; see `work.Ending`."""
    delivery = deliveries.get(tx, int(work.subject))
    if delivery is None or delivery.status != deliveries.PENDING:
        return False
    _bury(tx, work, delivery, {"code": "InternalException", "message": reason})
    return True


def _called(work: Work, delivery: Delivery) -> Again | None:
    """Call the operation and mark the delivery in one transaction: both happen, or neither."""
    with work.write() as tx:
        api = calls.api_for(work.port, delivery)
        answer = calls.call(Sending(delivery, api, tx, work.now))
        _delivered(tx, delivery, answer, work.now)
    return None


def _delivered(tx: Tx, delivery: Delivery, answer: JsonDict, now: float) -> None:
    deliveries.delivered(tx, delivery, answer, now)
    if not calls.is_schedule(delivery.sender):
        count(tx, delivery.sender, "Invocations", now)


def _refused(work: Work, delivery: Delivery, error: AwsError) -> Again | None:
    told = _error(error)
    if not _passing(error):
        return _given_up(work, delivery, told)
    if delivery.attempts >= _policy(delivery, "MaximumRetryAttempts", ATTEMPTS_MAX):
        return _given_up(work, delivery, {**told, "exhausted": "MaximumRetryAttempts"})
    with work.write() as tx:
        deliveries.failed(tx, delivery, told)
    return Again(seconds=min(PAUSE_SECONDS * 2**delivery.attempts, PAUSE_SECONDS_MAX))


def _given_up(work: Work, delivery: Delivery, error: JsonDict) -> Again | None:
    with work.write() as tx:
        _bury(tx, work, delivery, error)
    return None


def _bury(tx: Tx, work: Work, delivery: Delivery, error: JsonDict) -> None:
    """Bury the delivery, in its target's queue for such; without one, where every client can read it."""
    deliveries.bury(tx, delivery, error, work.now)
    letter = _letter(delivery, error)
    if not _queued(tx, work, delivery, letter):
        _write_letter(tx, delivery, letter, work.now)
    if not calls.is_schedule(delivery.sender):
        count(tx, delivery.sender, "FailedInvocations", work.now)


def _queued(tx: Tx, work: Work, delivery: Delivery, letter: JsonDict) -> bool:
    """Whether the event, or a schedule's text, went to the target's dead-letter queue."""
    if not delivery.target.get("DeadLetterConfig"):
        # What is buried may be broken in any way: nothing more is asked of it than is needed.
        return False
    plain = calls.is_schedule(delivery.sender)
    text = calls.text_of(delivery) if plain else event_inputs.dumped(delivery.event)
    try:
        api = calls.api_for(work.port, delivery)
    except AwsError:
        return False
    return queues.bury(tx, api, delivery, text, letter)


def _letter(delivery: Delivery, error: JsonDict) -> JsonDict:
    """The attributes of AWS's dead letters.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    """
    return {
        "RULE_ARN": delivery.sender,
        "TARGET_ARN": delivery.target["Arn"],
        "ERROR_CODE": error.get("code"),
        "ERROR_MESSAGE": error.get("message"),
        "EXHAUSTED_RETRY_CONDITION": error.get("exhausted"),
        "RETRY_ATTEMPTS": delivery.attempts,
    }


def _write_letter(tx: Tx, delivery: Delivery, letter: JsonDict, now: float) -> None:
    """One line in LETTERS with the event."""
    sender = arns.parse(delivery.sender)
    line = event_inputs.dumped({**letter, "event": delivery.event})
    stream = logs.stream(tx, sender.account, sender.region, LETTERS, sender.name.rpartition("/")[2], now)
    logs.append(tx, stream["id"], [(int(now * 1000), line)], now)


def _error(error: AwsError) -> JsonDict:
    return {"code": error.code, "message": error.message}


def _passing(error: AwsError) -> bool:
    if error.status == NOT_THERE_YET:
        return False
    return error.status >= 500 or any(word in error.code for word in PASSING)


def _policy(delivery: Delivery, member: str, most: int) -> int:
    return int(delivery.target.get("RetryPolicy", {}).get(member, most))
