"""The tasks "secret_deletion" and "parameter_expiry": remove what has come to its end.

The end stands in the row: a secret that was restored, or a parameter whose policy was changed, is found alive.
"""

from __future__ import annotations

from ormer.engines.worker import Again, Work
from ormer.stores import events, parameter_versions, resources, secret_versions


def delete_secret(work: Work) -> Again | None:
    """Delete the secret `work.subject` when its recovery window is over."""
    with work.write() as tx:
        row = resources.get(tx, work.subject)
        at = row.document.get("DeletedDate") if row is not None else None
        if row is None or at is None:
            return None
        if work.now < at:
            return Again(at=at)
        secret_versions.remove(tx, row.arn)
    return None


def expire_parameter(work: Work) -> Again | None:
    """Delete the parameter `work.subject` when its Expiration policy says so."""
    with work.write() as tx:
        row = resources.get(tx, work.subject)
        at = row.facts.get("expires") if row is not None else None
        if row is None or at is None:
            return None
        if work.now < at:
            return Again(at=at)
        parameter_versions.forget(tx, row.arn)
        resources.delete(tx, row.arn)
        events.emit(
            tx,
            account=row.account,
            region=row.region,
            source="aws.ssm",
            detail_type="Parameter Store Policy Action",
            detail={"parameter-name": row.name, "policy-type": "Expiration", "action-status": "Success"},
            resources=[row.arn],
            now=work.now,
        )
    return None
