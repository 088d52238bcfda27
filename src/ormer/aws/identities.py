"""Who calls: the identity every operation, engine and job acts as."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Identity:
    """A caller as IAM sees it.

    kind: "root" (may do everything), "user", "role" (an assumed role's session) or "service" (ormer's own engines
    acting for a resource's role).
    arn: what GetCallerIdentity answers; a session's is `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
    role_arn: the IAM role behind a session, else None.
    tags: principal tags for policy conditions.
    session_policies: documents given to AssumeRole, as JSON texts; a session may do what these and its role allow.
    """

    account: str
    arn: str
    kind: str
    user_id: str
    access_key_id: str = ""
    role_arn: str | None = None
    name: str = ""
    tags: tuple[tuple[str, str], ...] = field(default=())
    session_policies: tuple[str, ...] = field(default=())

    @property
    def is_root(self) -> bool:
        return self.kind == "root"


def root_identity(account: str, access_key_id: str = "") -> Identity:
    """The account's root: owner of the machine."""
    return Identity(account, f"arn:aws:iam::{account}:root", "root", account, access_key_id, name="root")


def session_identity(role_arn: str, session_name: str, role_id: str = "AROA", access_key_id: str = "") -> Identity:
    """The identity behind credentials that AssumeRole made."""
    account = role_arn.split(":")[4]
    role = role_arn.rsplit("/", 1)[-1]
    arn = f"arn:aws:sts::{account}:assumed-role/{role}/{session_name}"
    return Identity(account, arn, "role", f"{role_id}:{session_name}", access_key_id, role_arn, session_name)
