"""People who look at Studio: IAM users below one path, whose role is a managed policy of the account.

Everything is done through IAM's operations, as whoever asks; `ormer user` and Studio's settings share it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

from ormer.aws.studio_roles import PATH, ROLES, policy_name

JsonDict = dict[str, Any]
# One of IAM's operations: (name, request) -> answer. Raises when it is refused.
Iam = Callable[[str, JsonDict], JsonDict]


class People:
    """Adds, lists and removes people. account: the one whose policies are the roles."""

    def __init__(self, iam: Iam, account: str) -> None:
        self._iam = iam
        self._account = account

    def listed(self) -> list[JsonDict]:
        """[{"name", "arn", "role" ("" without one), "created"}], by name."""
        return [
            {"name": user["UserName"], "arn": user["Arn"], "role": self._role(user), "created": user["CreateDate"]}
            for user in self._pages("ListUsers", {}, "Users")
            if user["Path"] == PATH
        ]

    def add(self, name: str, role: str) -> str:
        """Make the person, or give one who is there another role. Returns their ARN."""
        found = next((user for user in self._pages("ListUsers", {}, "Users") if user["UserName"] == name), None)
        arn = str((found or self._iam("CreateUser", {"UserName": name, "Path": PATH})["User"])["Arn"])
        for attached in self._roles(name):
            self._iam("DetachUserPolicy", {"UserName": name, "PolicyArn": attached["PolicyArn"]})
        self._iam("AttachUserPolicy", {"UserName": name, "PolicyArn": self._policy(role)})
        return arn

    def remove(self, name: str) -> str:
        """Remove the person with their keys. Returns what their ARN was; their sessions are the caller's to end."""
        arn = str(self._iam("GetUser", {"UserName": name})["User"]["Arn"])
        for key in self._iam("ListAccessKeys", {"UserName": name})["AccessKeyMetadata"]:
            self._iam("DeleteAccessKey", {"UserName": name, "AccessKeyId": key["AccessKeyId"]})
        for attached in self._iam("ListAttachedUserPolicies", {"UserName": name})["AttachedPolicies"]:
            self._iam("DetachUserPolicy", {"UserName": name, "PolicyArn": attached["PolicyArn"]})
        self._iam("DeleteUser", {"UserName": name})
        return arn

    def _role(self, user: JsonDict) -> str:
        names = [policy["PolicyName"].removeprefix("Ormer").lower() for policy in self._roles(user["UserName"])]
        return ", ".join(names)

    def _roles(self, name: str) -> Iterator[JsonDict]:
        """The attached policies that are roles."""
        named = {policy_name(role) for role in ROLES}
        attached = self._iam("ListAttachedUserPolicies", {"UserName": name})["AttachedPolicies"]
        return (policy for policy in attached if policy["PolicyName"] in named)

    def _policy(self, role: str) -> str:
        """The ARN of the role's policy; made, or brought up to date, where it is not what this ormer says."""
        arn = f"arn:aws:iam::{self._account}:policy{PATH}{policy_name(role)}"
        document = json.dumps(ROLES[role])
        listed = self._pages("ListPolicies", {"Scope": "Local", "PathPrefix": PATH}, "Policies")
        found = next((policy for policy in listed if policy["Arn"] == arn), None)
        if found is None:
            named = {"PolicyName": policy_name(role), "Path": PATH, "PolicyDocument": document}
            return str(self._iam("CreatePolicy", named)["Policy"]["Arn"])
        version = self._iam("GetPolicyVersion", {"PolicyArn": arn, "VersionId": found["DefaultVersionId"]})
        if _document(version["PolicyVersion"]["Document"]) != ROLES[role]:
            for old in self._iam("ListPolicyVersions", {"PolicyArn": arn})["Versions"]:
                if not old["IsDefaultVersion"]:
                    self._iam("DeletePolicyVersion", {"PolicyArn": arn, "VersionId": old["VersionId"]})
            self._iam("CreatePolicyVersion", {"PolicyArn": arn, "PolicyDocument": document, "SetAsDefault": True})
        return arn

    def _pages(self, operation: str, request: JsonDict, member: str) -> Iterator[JsonDict]:
        marker: JsonDict = {}
        while True:
            page = self._iam(operation, {**request, **marker})
            yield from page[member]
            if not page.get("IsTruncated"):
                return
            marker = {"Marker": page["Marker"]}


def _document(written: Any) -> Any:
    """A policy's document: IAM answers it as percent-encoded JSON, which boto3 reads."""
    return json.loads(unquote(written)) if isinstance(written, str) else written
