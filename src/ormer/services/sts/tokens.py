"""Who calls, and credentials that last for a while."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from ormer.aws import arns, policies
from ormer.aws.errors import AwsError
from ormer.aws.identities import session_identity
from ormer.stores import resources
from ormer.stores.access import context_of, decide, managed_document
from ormer.stores.database import Tx
from ormer.stores.keys import Key
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
SESSION_SECONDS = 3600
SESSION_TOKEN_SECONDS = 43_200


def get_caller_identity(call: Call, request: JsonDict) -> JsonDict:
    """Answer who signed. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""
    return {"UserId": call.identity.user_id, "Account": call.account, "Arn": call.identity.arn}


def assume_role(call: Call, request: JsonDict) -> JsonDict:
    """Make credentials of a role for a while. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html

    Session policies (Policy, PolicyArns) narrow what the session may do; Tags become principal tags.
    Errors: AccessDenied when the role is not there or does not trust the caller; ValidationError for a duration
    beyond the role's MaxSessionDuration; MalformedPolicyDocument.
    """
    arn, session = request["RoleArn"], request["RoleSessionName"]
    seconds = int(request.get("DurationSeconds", SESSION_SECONDS))
    with call.write() as tx:
        role = resources.get(tx, arn) if arns.is_arn(arn) else None
        if role is None or role.kind != "Role" or not _trusts(tx, call, role, request):
            raise AwsError(
                "AccessDenied",
                f"User: {call.identity.arn} is not authorized to perform: {policies.ASSUME_ROLE} on resource: {arn}",
                403,
            )
        longest = role.document.get("MaxSessionDuration", SESSION_SECONDS)
        if seconds > longest:
            raise AwsError(
                "ValidationError",
                f"The requested DurationSeconds exceeds the MaxSessionDuration set for this role ({longest}).",
            )
        role_id = role.document.get("RoleId", "AROA")
        identity = replace(
            session_identity(arn, session, role_id),
            tags=tuple((pair["Key"], pair["Value"]) for pair in request.get("Tags", ())),
            session_policies=_session_policies(tx, request),
        )
        key = call.stores.keys.make(tx, identity, seconds)
    return {
        "Credentials": _credentials(key),
        "AssumedRoleUser": {"AssumedRoleId": f"{role_id}:{session}", "Arn": key.identity.arn},
        "PackedPolicySize": 0 if not key.identity.session_policies else 1,
        "SourceIdentity": request.get("SourceIdentity"),
    }


def get_session_token(call: Call, request: JsonDict) -> JsonDict:
    """Make credentials of the caller for a while. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html

    Errors: AccessDenied for callers that are sessions themselves.
    """
    if call.identity.role_arn:
        raise AwsError("AccessDenied", "Cannot call GetSessionToken with session credentials", 403)
    seconds = int(request.get("DurationSeconds", SESSION_TOKEN_SECONDS))
    with call.write() as tx:
        key = call.stores.keys.make(tx, call.identity, seconds)
    return {"Credentials": _credentials(key)}


def get_access_key_info(call: Call, request: JsonDict) -> JsonDict:
    """Answer the account of a key. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html"""
    key = call.stores.keys.lookup(request["AccessKeyId"])
    if key is None:
        raise AwsError("ValidationError", f"No such access key: {request['AccessKeyId']}")
    return {"Account": key.identity.account}


def _trusts(tx: Tx, call: Call, role: Row, request: JsonDict) -> bool:
    """Whether the role may be assumed: its trust policy names the caller, or the account and the caller's policies do.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
    """
    caller = call.identity
    if caller.is_root and caller.account == role.account:
        return True
    context = context_of(tx, caller, call.region, role.arn, request)
    if "ExternalId" in request:
        context["sts:ExternalId"] = request["ExternalId"]
    context["sts:RoleSessionName"] = request["RoleSessionName"]
    trust = json.loads(role.document["AssumeRolePolicyDocument"])
    own = decide(tx, caller, call.region, policies.ASSUME_ROLE, role.arn, request)
    if policies.trusts(trust, [caller.arn, caller.role_arn or caller.arn], context):
        here = caller.account == role.account
        return own.allowed or (here and "explicit deny" not in own.reason)
    account = [f"arn:aws:iam::{caller.account}:root", caller.account]
    return own.allowed and policies.trusts(trust, account, context)


def _session_policies(tx: Tx, request: JsonDict) -> tuple[str, ...]:
    texts = [request["Policy"]] if "Policy" in request else []
    for text in texts:
        try:
            readable = isinstance(json.loads(text), dict)
        except ValueError:
            readable = False
        if not readable:
            raise AwsError("MalformedPolicyDocument", "The session policy is not a JSON object.")
    for one in request.get("PolicyArns", ()):
        document = managed_document(tx, one["arn"])
        if document is None:
            raise AwsError("InvalidParameterValue", f"Policy {one['arn']} does not exist.")
        texts.append(json.dumps(document))
    return tuple(texts)


def _credentials(key: Key) -> JsonDict:
    assert key.session_token is not None and key.expires is not None
    return {
        "AccessKeyId": key.access_key_id,
        "SecretAccessKey": key.secret,
        "SessionToken": key.session_token,
        "Expiration": key.expires,
    }
