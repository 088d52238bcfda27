"""What requests mean by a secret, and the refusals about it."""

from __future__ import annotations

import re
import secrets
import string

from ormer.aws import arns
from ormer.aws.errors import AwsError
from ormer.stores import resource_policies, secret_versions
from ormer.stores.port import Call
from ormer.stores.resources import Row

NAME = re.compile(r"[A-Za-z0-9/_+=.@!\-]{1,512}")
SUFFIX_LENGTH = 6
LETTERS = string.ascii_letters + string.digits


def get(call: Call, given: str, deleted: bool = False) -> Row:
    """The secret a request names. deleted: also one that is marked for deletion.

    Raises ResourceNotFoundException and InvalidRequestException.
    """
    with call.read() as tx:
        row = secret_versions.secret(tx, call.account, call.region, given)
    if row is None:
        raise AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    resource_policies.admit_strangers(call, row)
    if "DeletedDate" in row.document and not deleted:
        raise AwsError(
            "InvalidRequestException",
            "You can't perform this operation on the secret because it was marked for deletion.",
        )
    return row


def new_arn(call: Call, name: str) -> str:
    """An ARN for a new secret: six random characters keep a later secret of this name from being taken for it."""
    suffix = "".join(secrets.choice(LETTERS) for _ in range(SUFFIX_LENGTH))
    return arns.arn(secret_versions.SERVICE, call.region, call.account, f"secret:{name}-{suffix}")


def check(name: str) -> None:
    """Raise ValidationException unless a secret may bear this name."""
    if not NAME.fullmatch(name):
        raise AwsError(
            "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
        )
