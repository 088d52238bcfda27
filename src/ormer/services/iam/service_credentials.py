"""Git credentials: a user's name and password for CodeCommit alone."""

from __future__ import annotations

import secrets
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.iam.users import USER
from ormer.stores import resources
from ormer.stores import service_credentials as kept
from ormer.stores.keys import ALPHABET
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
CREDENTIALS_MAX = 2
SERVICES = ("codecommit.amazonaws.com",)
DAY_SECONDS = 86_400


def create_service_specific_credential(call: Call, request: JsonDict) -> JsonDict:
    """Make git credentials; the password is answered only now. https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceSpecificCredential.html

    Errors: LimitExceeded, NotSupportedService for services other than codecommit.amazonaws.com.
    """
    _check_service(request["ServiceName"])
    days = request.get("CredentialAgeDays")
    with call.write():
        row = USER.get(call, request["UserName"])
        mine = kept.of(row)
        if len(mine) >= CREDENTIALS_MAX:
            raise AwsError("LimitExceeded", f"A user has {CREDENTIALS_MAX} credentials of a service at most.", 409)
        taken = {one["username"] for one in mine}
        names = (f"{row.name}-at-{call.account}", f"{row.name}+1-at-{call.account}")
        password, digest = kept.new_password()
        made = {
            "id": "ACCA" + "".join(secrets.choice(ALPHABET) for _ in range(17)),
            "username": next(name for name in names if name not in taken),
            "service": request["ServiceName"],
            "status": "Active",
            "created": call.now,
            "expires": call.now + days * DAY_SECONDS if days else None,
            "hash": digest,
        }
        _save(call, row, [*mine, made])
    return {"ServiceSpecificCredential": {**_shown(row, made), "ServicePassword": password}}


def list_service_specific_credentials(call: Call, request: JsonDict) -> JsonDict:
    """List a user's git credentials, without passwords. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServiceSpecificCredentials.html

    Errors: NoSuchEntity, NotSupportedService.
    """
    if "ServiceName" in request:
        _check_service(request["ServiceName"])
    row = USER.get(call, _user_name(call, request))
    return {"ServiceSpecificCredentials": [_shown(row, one) for one in kept.of(row)], "IsTruncated": False}


def update_service_specific_credential(call: Call, request: JsonDict) -> JsonDict:
    """Switch git credentials on or off. https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateServiceSpecificCredential.html

    Errors: NoSuchEntity.
    """
    _change(call, request, {"status": request["Status"]})
    return {}


def reset_service_specific_credential(call: Call, request: JsonDict) -> JsonDict:
    """Give git credentials another password. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ResetServiceSpecificCredential.html

    Errors: NoSuchEntity.
    """
    password, digest = kept.new_password()
    row, changed = _change(call, request, {"hash": digest})
    return {"ServiceSpecificCredential": {**_shown(row, changed), "ServicePassword": password}}


def delete_service_specific_credential(call: Call, request: JsonDict) -> JsonDict:
    """Take git credentials away. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteServiceSpecificCredential.html

    Errors: NoSuchEntity.
    """
    with call.write():
        row, one = _find(call, request)
        _save(call, row, [other for other in kept.of(row) if other is not one])
    return {}


def _change(call: Call, request: JsonDict, change: JsonDict) -> tuple[Row, JsonDict]:
    with call.write():
        row, one = _find(call, request)
        changed = {**one, **change}
        _save(call, row, [changed if other is one else other for other in kept.of(row)])
    return row, changed


def _find(call: Call, request: JsonDict) -> tuple[Row, JsonDict]:
    row = USER.get(call, _user_name(call, request))
    wanted = request["ServiceSpecificCredentialId"]
    found = next((one for one in kept.of(row) if one["id"] == wanted), None)
    if found is None:
        raise AwsError("NoSuchEntity", f"No such credential {wanted} exists for user {row.name}.", 404)
    return row, found


def _user_name(call: Call, request: JsonDict) -> str:
    return str(request.get("UserName") or call.identity.name)


def _save(call: Call, row: Row, credentials: list[JsonDict]) -> None:
    with call.write() as tx:
        resources.save(tx, row, {}, now=call.now, facts={kept.FACT: credentials})


def _check_service(name: str) -> None:
    if name not in SERVICES:
        raise AwsError("NotSupportedService", f"{name} takes no such credentials; {SERVICES[0]} does.", 404)


def _shown(row: Row, one: JsonDict) -> JsonDict:
    return {
        "UserName": row.name,
        "ServiceSpecificCredentialId": one["id"],
        "ServiceUserName": one["username"],
        "ServiceName": one["service"],
        "Status": one["status"],
        "CreateDate": one["created"],
        **({"ExpirationDate": one["expires"]} if one["expires"] else {}),
    }
