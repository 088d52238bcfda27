"""Approvals of pull requests: rules, who approved, and whether that is enough to merge."""

from __future__ import annotations

import fnmatch
import hashlib
import json
import uuid
from typing import Any

from ormer.aws.errors import AwsError
from ormer.services.codecommit.pull_requests import open_pull_request_of, pull_request_of, record
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.port import Call
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
# https://docs.aws.amazon.com/codecommit/latest/userguide/limits.html
RULES_MAX = 30
CONTENT_VERSION = "2018-11-08"


def create_pull_request_approval_rule(call: Call, request: JsonDict) -> JsonDict:
    """Ask for approvals before the merge. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_CreatePullRequestApprovalRule.html

    Errors: ApprovalRuleNameAlreadyExistsException, InvalidApprovalRuleContentException, NumberOfRulesExceededException.
    """
    name, content = request["approvalRuleName"], request["approvalRuleContent"]
    _statements(content)
    with call.write() as tx:
        found = open_pull_request_of(tx, call, request)
        rules = found.document["approvalRules"]
        if any(rule["approvalRuleName"] == name for rule in rules):
            raise AwsError("ApprovalRuleNameAlreadyExistsException", f"There is a rule {name} already.")
        if len(rules) >= RULES_MAX:
            raise AwsError("NumberOfRulesExceededException", f"A pull request has {RULES_MAX} rules at most.")
        rule = {
            "approvalRuleId": str(uuid.uuid4()),
            "approvalRuleName": name,
            "creationDate": call.now,
            **_written(call, content),
        }
        _save_rules(tx, call, found, [*rules, rule], rule, "Created")
    return {"approvalRule": rule}


def update_pull_request_approval_rule_content(call: Call, request: JsonDict) -> JsonDict:
    """Change what a rule asks for. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_UpdatePullRequestApprovalRuleContent.html

    Errors: ApprovalRuleDoesNotExistException, InvalidRuleContentSha256Exception, InvalidApprovalRuleContentException.
    """
    _statements(request["newRuleContent"])
    with call.write() as tx:
        found = open_pull_request_of(tx, call, request)
        rules = list(found.document["approvalRules"])
        at = _place(rules, request["approvalRuleName"])
        if at is None:
            text = f"There is no rule {request['approvalRuleName']}."
            raise AwsError("ApprovalRuleDoesNotExistException", text)
        known = rules[at]["ruleContentSha256"]
        if request.get("existingRuleContentSha256", known) != known:
            text = "The rule was changed since: read its ruleContentSha256 again."
            raise AwsError("InvalidRuleContentSha256Exception", text)
        rules[at] = {**rules[at], **_written(call, request["newRuleContent"])}
        _save_rules(tx, call, found, rules, rules[at], "Updated")
    return {"approvalRule": rules[at]}


def delete_pull_request_approval_rule(call: Call, request: JsonDict) -> JsonDict:
    """Ask for these approvals no more. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_DeletePullRequestApprovalRule.html

    Differs: deleting a rule that is not there says ApprovalRuleDoesNotExistException.
    """
    with call.write() as tx:
        found = open_pull_request_of(tx, call, request)
        rules = list(found.document["approvalRules"])
        at = _place(rules, request["approvalRuleName"])
        if at is None:
            text = f"There is no rule {request['approvalRuleName']}."
            raise AwsError("ApprovalRuleDoesNotExistException", text)
        gone = rules.pop(at)
        _save_rules(tx, call, found, rules, gone, "Deleted")
    return {"approvalRuleId": gone["approvalRuleId"]}


def update_pull_request_approval_state(call: Call, request: JsonDict) -> JsonDict:
    """Approve a pull request's revision, or take that back. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_UpdatePullRequestApprovalState.html

    Errors: PullRequestCannotBeApprovedByAuthorException, RevisionNotCurrentException.
    """
    state, actor = request["approvalState"], call.identity.arn
    with call.write() as tx:
        found = open_pull_request_of(tx, call, request)
        _check_revision(found, request)
        if found.document["authorArn"] == actor and state == "APPROVE":
            text = "The author of a pull request cannot approve it: let somebody else look at it."
            raise AwsError("PullRequestCannotBeApprovedByAuthorException", text)
        approvals = {arn: was for arn, was in found.facts["approvals"].items() if arn != actor}
        if state == "APPROVE":
            approvals[actor] = state
        new = resources.save(tx, found, {}, now=call.now, facts={"approvals": approvals})
        changed = {"revisionId": request["revisionId"], "approvalStatus": state}
        metadata = {"approvalStateChangedEventMetadata": changed}
        kind, detail = "PULL_REQUEST_APPROVAL_STATE_CHANGED", {"approvalStatus": state}
        record(tx, call, new, "pullRequestApprovalStateChanged", kind, metadata, detail)
    return {}


def get_pull_request_approval_states(call: Call, request: JsonDict) -> JsonDict:
    """List who approved a revision. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_GetPullRequestApprovalStates.html

    Approvals are for one revision: a push to the source branch begins anew.
    """
    with call.read() as tx:
        found = pull_request_of(tx, call, request)
    current = found.document["revisionId"] == request["revisionId"]
    approvals = found.facts["approvals"] if current else {}
    return {"approvals": [{"userArn": arn, "approvalState": state} for arn, state in approvals.items()]}


def evaluate_pull_request_approval_rules(call: Call, request: JsonDict) -> JsonDict:
    """Say which rules are met. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_EvaluatePullRequestApprovalRules.html

    Errors: RevisionNotCurrentException.
    """
    with call.read() as tx:
        found = pull_request_of(tx, call, request)
    _check_revision(found, request)
    return {"evaluation": _evaluation(found)}


def override_pull_request_approval_rules(call: Call, request: JsonDict) -> JsonDict:
    """Let a pull request be merged without its approvals. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_OverridePullRequestApprovalRules.html

    Errors: OverrideAlreadySetException, RevisionNotCurrentException.
    """
    status = request["overrideStatus"]
    with call.write() as tx:
        found = open_pull_request_of(tx, call, request)
        _check_revision(found, request)
        if (found.facts["overrider"] is not None) == (status == "OVERRIDE"):
            raise AwsError("OverrideAlreadySetException", f"The override is {status} already.")
        overrider = call.identity.arn if status == "OVERRIDE" else None
        new = resources.save(tx, found, {}, now=call.now, facts={"overrider": overrider})
        changed = {"revisionId": request["revisionId"], "overrideStatus": status}
        metadata = {"approvalRuleOverriddenEventMetadata": changed}
        kind, detail = "PULL_REQUEST_APPROVAL_RULE_OVERRIDDEN", {"overrideStatus": status}
        record(tx, call, new, "pullRequestApprovalRuleOverridden", kind, metadata, detail)
    return {}


def get_pull_request_override_state(call: Call, request: JsonDict) -> JsonDict:
    """Say whether approvals are overridden, and by whom. https://docs.aws.amazon.com/codecommit/latest/APIReference/API_GetPullRequestOverrideState.html"""
    with call.read() as tx:
        found = pull_request_of(tx, call, request)
    overrider = found.facts["overrider"] if found.document["revisionId"] == request["revisionId"] else None
    return {"overridden": overrider is not None, **({"overrider": overrider} if overrider else {})}


def require_approval(found: Row) -> None:
    """Raise PullRequestApprovalRulesNotSatisfiedException unless the rules are met or overridden."""
    evaluation = _evaluation(found)
    if not (evaluation["approved"] or evaluation["overridden"]):
        names = ", ".join(evaluation["approvalRulesNotSatisfied"])
        text = f"These approval rules are not met yet: {names}."
        raise AwsError("PullRequestApprovalRulesNotSatisfiedException", text)


def _evaluation(found: Row) -> JsonDict:
    met: dict[bool, list[str]] = {True: [], False: []}
    for rule in found.document["approvalRules"]:
        met[_is_met(rule["approvalRuleContent"], found.facts["approvals"])].append(rule["approvalRuleName"])
    return {
        "approved": not met[False],
        "overridden": found.facts["overrider"] is not None,
        "approvalRulesSatisfied": met[True],
        "approvalRulesNotSatisfied": met[False],
    }


def _is_met(content: str, approvals: dict[str, str]) -> bool:
    for statement in _statements(content):
        pool = statement.get("ApprovalPoolMembers")
        approvers = [arn for arn in approvals if not pool or any(_is_member(arn, member) for member in pool)]
        if len(approvers) < statement["NumberOfApprovalsNeeded"]:
            return False
    return True


def _is_member(arn: str, member: str) -> bool:
    """Whether a pool names an approver: by ARN, or by `CodeCommitApprovers:ACCOUNT:NAME`; both may have `*`."""
    if member.startswith("CodeCommitApprovers:"):
        _, account, name = member.split(":", 2)
        user = arn.rpartition(":")[2].partition("/")[2]
        return arn.split(":")[4] == account and fnmatch.fnmatchcase(user, name)
    return fnmatch.fnmatchcase(arn, member)


def _statements(content: str) -> list[JsonDict]:
    """A rule's statements. Raises InvalidApprovalRuleContentException."""
    try:
        document = json.loads(content)
        statements: list[JsonDict] = document["Statements"]
        sound = document["Version"] == CONTENT_VERSION and bool(statements)
        for statement in statements:
            pool = statement.get("ApprovalPoolMembers") or []
            named = all(member.count(":") >= 2 for member in pool)
            needed = statement["NumberOfApprovalsNeeded"]
            sound = sound and statement["Type"] == "Approvers" and isinstance(needed, int) and needed > 0 and named
    except (ValueError, KeyError, TypeError, AttributeError):
        sound = False
    if not sound:
        example = '{"Version": "2018-11-08", "Statements": [{"Type": "Approvers", "NumberOfApprovalsNeeded": 1}]}'
        raise AwsError("InvalidApprovalRuleContentException", f"The rule's content is JSON such as {example}.")
    return statements


def _written(call: Call, content: str) -> JsonDict:
    """The members that every writing of a rule renews."""
    return {
        "approvalRuleContent": content,
        "ruleContentSha256": hashlib.sha256(content.encode()).hexdigest(),
        "lastModifiedDate": call.now,
        "lastModifiedUser": call.identity.arn,
    }


def _save_rules(tx: Tx, call: Call, found: Row, rules: list[JsonDict], rule: JsonDict, verb: str) -> None:
    new = resources.save(tx, found, {"approvalRules": rules}, now=call.now)
    told = {key: rule[key] for key in ("approvalRuleName", "approvalRuleId", "approvalRuleContent")}
    kind = f"PULL_REQUEST_APPROVAL_RULE_{verb.upper()}"
    detail = {"approvalRuleName": rule["approvalRuleName"], "approvalRuleId": rule["approvalRuleId"]}
    record(tx, call, new, f"pullRequestApprovalRule{verb}", kind, {"approvalRuleEventMetadata": told}, detail)


def _place(rules: list[JsonDict], name: str) -> int | None:
    return next((at for at, rule in enumerate(rules) if rule["approvalRuleName"] == name), None)


def _check_revision(found: Row, request: JsonDict) -> None:
    if found.document["revisionId"] != request["revisionId"]:
        text = "The source branch was pushed to since: read the pull request's revisionId again."
        raise AwsError("RevisionNotCurrentException", text)
