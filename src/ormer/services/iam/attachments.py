"""Policies of roles and users: managed ones attached, inline ones written into them, and the boundary around both."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.iam.documents import parsed_policy, written_policy
from ormer.services.iam.roles import ROLE
from ormer.services.iam.users import USER
from ormer.stores import resources
from ormer.stores.access import managed_document
from ormer.stores.nouns import Noun
from ormer.stores.port import Call, Operation
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
PAGES = "https://docs.aws.amazon.com/IAM/latest/APIReference/API_"


def _attach(noun: Noun) -> Operation:
    def attach(call: Call, request: JsonDict) -> JsonDict:
        arn = request["PolicyArn"]
        with call.write() as tx:
            row = noun.get(call, request[noun.name])
            if managed_document(tx, arn) is None:
                raise AwsError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404)
            _note(call, row, {"attached": list(dict.fromkeys([*row.facts.get("attached", ()), arn]))})
        return {}

    return _documented(attach, f"Attach a managed policy to a {noun.kind}.", f"Attach{noun.kind}Policy")


def _detach(noun: Noun) -> Operation:
    def detach(call: Call, request: JsonDict) -> JsonDict:
        arn = request["PolicyArn"]
        with call.write():
            row = noun.get(call, request[noun.name])
            if arn not in row.facts.get("attached", ()):
                raise AwsError("NoSuchEntity", f"Policy {arn} was not found.", 404)
            _note(call, row, {"attached": [other for other in row.facts["attached"] if other != arn]})
        return {}

    return _documented(detach, f"Detach a managed policy from a {noun.kind}.", f"Detach{noun.kind}Policy")


def _list_attached(noun: Noun) -> Operation:
    def list_attached(call: Call, request: JsonDict) -> JsonDict:
        row = noun.get(call, request[noun.name])
        arns = [arn for arn in row.facts.get("attached", ()) if request.get("PathPrefix", "/") in arn]
        attached = [{"PolicyName": arn.rsplit("/", 1)[-1], "PolicyArn": arn} for arn in arns]
        return {"AttachedPolicies": attached, "IsTruncated": False}

    operation = f"ListAttached{noun.kind}Policies"
    return _documented(list_attached, f"List the managed policies of a {noun.kind}.", operation)


def _put(noun: Noun) -> Operation:
    def put(call: Call, request: JsonDict) -> JsonDict:
        document = parsed_policy(request["PolicyDocument"])
        with call.write():
            row = noun.get(call, request[noun.name])
            _note(call, row, {"inline": {**row.facts.get("inline", {}), request["PolicyName"]: document}})
        return {}

    return _documented(put, f"Write a policy into a {noun.kind}.", f"Put{noun.kind}Policy")


def _get(noun: Noun) -> Operation:
    def get(call: Call, request: JsonDict) -> JsonDict:
        row = noun.get(call, request[noun.name])
        document = written_policy(_inline(noun, row, request["PolicyName"]))
        return {noun.name: row.name, "PolicyName": request["PolicyName"], "PolicyDocument": document}

    return _documented(get, f"Answer a policy written into a {noun.kind}.", f"Get{noun.kind}Policy")


def _list(noun: Noun) -> Operation:
    def list_(call: Call, request: JsonDict) -> JsonDict:
        row = noun.get(call, request[noun.name])
        return {"PolicyNames": sorted(row.facts.get("inline", {})), "IsTruncated": False}

    return _documented(list_, f"List the policies written into a {noun.kind}.", f"List{noun.kind}Policies")


def _delete(noun: Noun) -> Operation:
    def delete(call: Call, request: JsonDict) -> JsonDict:
        with call.write():
            row = noun.get(call, request[noun.name])
            _inline(noun, row, request["PolicyName"])
            rest = {name: kept for name, kept in row.facts["inline"].items() if name != request["PolicyName"]}
            _note(call, row, {"inline": rest})
        return {}

    return _documented(delete, f"Remove a policy written into a {noun.kind}.", f"Delete{noun.kind}Policy")


def _bound(noun: Noun) -> Operation:
    def bound(call: Call, request: JsonDict) -> JsonDict:
        arn = request["PermissionsBoundary"]
        with call.write() as tx:
            row = noun.get(call, request[noun.name])
            if managed_document(tx, arn) is None:
                raise AwsError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404)
            _note(call, row, {"boundary": arn})
        return {}

    return _documented(bound, f"Set what a {noun.kind} may do at most.", f"Put{noun.kind}PermissionsBoundary")


def _unbound(noun: Noun) -> Operation:
    def unbound(call: Call, request: JsonDict) -> JsonDict:
        with call.write():
            row = noun.get(call, request[noun.name])
            _note(call, row, {"boundary": None})
        return {}

    return _documented(unbound, f"Lift a {noun.kind}'s boundary.", f"Delete{noun.kind}PermissionsBoundary")


def _documented(function: Operation, sentence: str, operation: str) -> Operation:
    function.__doc__ = f"{sentence} {PAGES}{operation}.html\n\nErrors: NoSuchEntity."
    return function


def _inline(noun: Noun, row: Row, name: str) -> JsonDict:
    document: JsonDict | None = row.facts.get("inline", {}).get(name)
    if document is None:
        raise AwsError("NoSuchEntity", f"The {noun.kind.lower()} policy with name {name} cannot be found.", 404)
    return document


def _note(call: Call, row: Row, facts: JsonDict) -> None:
    with call.write() as tx:
        resources.save(tx, row, {}, now=call.now, facts=facts)


attach_role_policy, attach_user_policy = _attach(ROLE), _attach(USER)
detach_role_policy, detach_user_policy = _detach(ROLE), _detach(USER)
list_attached_role_policies, list_attached_user_policies = _list_attached(ROLE), _list_attached(USER)
put_role_policy, put_user_policy = _put(ROLE), _put(USER)
get_role_policy, get_user_policy = _get(ROLE), _get(USER)
list_role_policies, list_user_policies = _list(ROLE), _list(USER)
delete_role_policy, delete_user_policy = _delete(ROLE), _delete(USER)
put_role_permissions_boundary, put_user_permissions_boundary = _bound(ROLE), _bound(USER)
delete_role_permissions_boundary, delete_user_permissions_boundary = _unbound(ROLE), _unbound(USER)
