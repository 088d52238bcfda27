"""The task "custom_resource": gives a custom resource up whose function does not answer.

An answer comes through the gateway and settles the resource by itself (`stores.stacks.custom_resources`).
"""

from __future__ import annotations

from ormer.aws.lifecycles import lifecycle
from ormer.engines.worker import Again, Work
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.functions import invocations
from ormer.stores.resources import Row
from ormer.stores.stacks import custom_resources as rows

TASK = "custom_resource"
FINAL = tuple(sorted(lifecycle(rows.KIND).final))
NO_ANSWER = (
    "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [{}]. "
    "If you are using the Python cfn-response module, you may need to update your Lambda function code so that "
    "CloudFormation can attach the updated version."
)


def run(work: Work) -> Again | None:
    """Wait for the answer; fail when its time is over, or when the function has failed and will not be tried again."""
    with work.write() as tx:
        row = resources.get(tx, work.subject)
        if row is None or row.status in FINAL:
            return None
        reason = _failure(resources.get(tx, row.facts.get("invocation") or ""))
        if work.now >= row.facts.get("deadline", row.modified):
            reason = reason or NO_ANSWER.format(row.facts["request_id"])
        if reason:
            rows.fail(tx, row, reason, work.now)
            return None
    return Again(at=row.facts["deadline"])


def give_up(work: Work, tx: Tx, reason: str) -> bool:
    """Fail a custom resource whose task raises again and again; see `work.Ending`."""
    row = resources.get(tx, work.subject)
    if row is None or row.status in FINAL:
        return False
    rows.fail(tx, row, reason, work.now)
    return True


def _failure(invocation: Row | None) -> str:
    """Why the function will never answer; "" while it may."""
    if invocation is None or invocation.status != invocations.FAILED:
        return ""
    said = invocations.reason_of(invocation)
    return f"The custom resource's function failed without an answer (request {invocation.name}): {said}"
