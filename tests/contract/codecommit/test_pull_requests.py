"""Pull requests from the first word to the merge: revisions, approvals, comments, events."""

from __future__ import annotations

import json

import pytest

CHANGE = "CodeCommit Pull Request State Change"


@pytest.fixture
def reviewer(shared_server, unique):
    """A client of another user, who may do everything with repositories."""
    iam = shared_server.client("iam")
    name = unique("reviewer")
    iam.create_user(UserName=name)
    statement = {"Effect": "Allow", "Action": "codecommit:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return shared_server.client(
        "codecommit", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )


@pytest.fixture
def side(codecommit, filled, head, put):
    """A repository with a branch `side` one commit ahead of `main`."""
    codecommit.create_branch(repositoryName=filled, branchName="side", commitId=head(filled))
    put(filled, "side", "side.txt", b"side")
    return filled


@pytest.fixture
def asked(codecommit, side):
    """The pull request from `side` into `main`."""
    return codecommit.create_pull_request(
        title="Add side.txt",
        description="It was missing",
        targets=[{"repositoryName": side, "sourceReference": "side"}],
    )["pullRequest"]


def rule(needed=1, **more):
    statement = {"Type": "Approvers", "NumberOfApprovalsNeeded": needed, **more}
    return json.dumps({"Version": "2018-11-08", "Statements": [statement]})


def approval_of(asked):
    return {"pullRequestId": asked["pullRequestId"], "revisionId": asked["revisionId"], "approvalState": "APPROVE"}


def test_a_pull_request_is_made_read_listed_changed_and_closed(codecommit, side, asked, head, told):
    number = asked["pullRequestId"]
    assert asked["pullRequestStatus"] == "OPEN"
    (target,) = asked["pullRequestTargets"]
    assert (target["sourceReference"], target["destinationReference"]) == ("refs/heads/side", "refs/heads/main")
    assert (target["sourceCommit"], target["destinationCommit"]) == (head(side, "side"), head(side))
    assert target["mergeBase"] == head(side) and target["mergeMetadata"] == {"isMerged": False}
    assert codecommit.get_pull_request(pullRequestId=number)["pullRequest"] == asked
    assert codecommit.list_pull_requests(repositoryName=side)["pullRequestIds"] == [number]
    codecommit.update_pull_request_title(pullRequestId=number, title="New title")
    changed = codecommit.update_pull_request_description(pullRequestId=number, description="Why")["pullRequest"]
    assert (changed["title"], changed["description"]) == ("New title", "Why")
    closed = codecommit.update_pull_request_status(pullRequestId=number, pullRequestStatus="CLOSED")["pullRequest"]
    assert closed["pullRequestStatus"] == "CLOSED"
    listed = codecommit.list_pull_requests(repositoryName=side, pullRequestStatus="OPEN")
    assert listed["pullRequestIds"] == []
    kinds = [
        one["pullRequestEventType"]
        for one in codecommit.describe_pull_request_events(pullRequestId=number)["pullRequestEvents"]
    ]
    assert kinds == ["PULL_REQUEST_STATUS_CHANGED", "PULL_REQUEST_CREATED"]
    created, closing = told(side, CHANGE)
    assert (created["event"], closing["event"]) == ("pullRequestCreated", "pullRequestStatusChanged")
    assert (created["pullRequestId"], created["title"]) == (number, "Add side.txt")
    assert created["pullRequestStatus"] == "Open"
    assert (created["repositoryNames"], created["isMerged"]) == ([side], "False")
    assert (created["sourceReference"], created["sourceCommit"]) == ("refs/heads/side", head(side, "side"))
    assert closing["pullRequestStatus"] == "Closed"
    with pytest.raises(codecommit.exceptions.InvalidPullRequestStatusUpdateException):
        codecommit.update_pull_request_status(pullRequestId=number, pullRequestStatus="OPEN")
    with pytest.raises(codecommit.exceptions.PullRequestAlreadyClosedException):
        codecommit.update_pull_request_title(pullRequestId=number, title="x")


def test_pull_requests_refuse_what_makes_no_sense(codecommit, side):
    errors = codecommit.exceptions

    def ask(**target):
        codecommit.create_pull_request(title="x", targets=[{"repositoryName": side, **target}])

    with pytest.raises(errors.ReferenceDoesNotExistException):
        ask(sourceReference="nobody")
    with pytest.raises(errors.SourceAndDestinationAreSameException):
        ask(sourceReference="main", destinationReference="refs/heads/main")
    with pytest.raises(errors.ReferenceTypeNotSupportedException):
        ask(sourceReference="refs/tags/v1")
    with pytest.raises(errors.TargetsRequiredException):
        codecommit.create_pull_request(title="x", targets=[])
    with pytest.raises(errors.PullRequestDoesNotExistException):
        codecommit.get_pull_request(pullRequestId="999999")
    with pytest.raises(errors.InvalidPullRequestIdException):
        codecommit.get_pull_request(pullRequestId="x")


def test_a_repeated_token_makes_one_pull_request(codecommit, side, unique):
    targets = [{"repositoryName": side, "sourceReference": "side"}]
    token = unique("token")
    made = [
        codecommit.create_pull_request(title="x", targets=targets, clientRequestToken=token)["pullRequest"]
        for _ in range(2)
    ]
    assert made[0]["pullRequestId"] == made[1]["pullRequestId"]
    with pytest.raises(codecommit.exceptions.IdempotencyParameterMismatchException):
        codecommit.create_pull_request(title="y", targets=targets, clientRequestToken=token)


def test_a_push_to_the_source_is_a_new_revision_without_approvals(codecommit, side, asked, put, reviewer, told):
    number, revision = asked["pullRequestId"], asked["revisionId"]
    reviewer.update_pull_request_approval_state(**approval_of(asked))
    commit = put(side, "side", "more.txt", b"more")
    found = codecommit.get_pull_request(pullRequestId=number)["pullRequest"]
    assert found["revisionId"] != revision
    assert found["pullRequestTargets"][0]["sourceCommit"] == commit
    new = codecommit.get_pull_request_approval_states(pullRequestId=number, revisionId=found["revisionId"])
    assert new["approvals"] == []
    with pytest.raises(codecommit.exceptions.RevisionNotCurrentException):
        reviewer.update_pull_request_approval_state(**approval_of(asked))
    (event,) = codecommit.describe_pull_request_events(
        pullRequestId=number, pullRequestEventType="PULL_REQUEST_SOURCE_REFERENCE_UPDATED"
    )["pullRequestEvents"]
    assert event["pullRequestSourceReferenceUpdatedEventMetadata"]["afterCommitId"] == commit
    assert told(side, CHANGE)[-1]["event"] == "pullRequestSourceBranchUpdated"


@pytest.mark.parametrize("way", ["fast_forward", "squash", "three_way"])
def test_a_merge_moves_the_destination_and_closes(codecommit, side, asked, head, told, way):
    number, before = asked["pullRequestId"], head(side)
    if way == "fast_forward":
        merged = codecommit.merge_pull_request_by_fast_forward(pullRequestId=number, repositoryName=side)
    elif way == "squash":
        merged = codecommit.merge_pull_request_by_squash(pullRequestId=number, repositoryName=side)
    else:
        merged = codecommit.merge_pull_request_by_three_way(pullRequestId=number, repositoryName=side)
    found = merged["pullRequest"]
    assert found["pullRequestStatus"] == "CLOSED"
    (target,) = found["pullRequestTargets"]
    option = f"{way.upper()}_MERGE"
    assert target["mergeMetadata"] == {
        "isMerged": True,
        "mergedBy": "arn:aws:iam::123456789012:root",
        "mergeCommitId": head(side),
        "mergeOption": option,
    }
    commit = codecommit.get_commit(repositoryName=side, commitId=head(side))["commit"]
    assert before in commit["parents"]
    assert codecommit.get_file(repositoryName=side, filePath="side.txt")["fileContent"] == b"side"
    assert told(side)[-1]["mergeOption"] == option
    event = told(side, CHANGE)[-1]
    assert (event["event"], event["isMerged"]) == ("pullRequestMergeStatusUpdated", "True")
    assert event["mergeOption"] == option
    with pytest.raises(codecommit.exceptions.PullRequestAlreadyClosedException):
        codecommit.merge_pull_request_by_squash(pullRequestId=number, repositoryName=side)


def test_a_merge_made_elsewhere_closes_the_pull_request(codecommit, side, asked):
    codecommit.merge_branches_by_fast_forward(
        repositoryName=side, sourceCommitSpecifier="side", destinationCommitSpecifier="main"
    )
    found = codecommit.get_pull_request(pullRequestId=asked["pullRequestId"])["pullRequest"]
    assert found["pullRequestStatus"] == "CLOSED"
    assert found["pullRequestTargets"][0]["mergeMetadata"]["isMerged"] is True


def test_a_merge_wants_the_source_that_was_looked_at(codecommit, side, asked, put):
    put(side, "side", "more.txt", b"more")
    with pytest.raises(codecommit.exceptions.TipOfSourceReferenceIsDifferentException):
        codecommit.merge_pull_request_by_squash(
            pullRequestId=asked["pullRequestId"],
            repositoryName=side,
            sourceCommitId=asked["pullRequestTargets"][0]["sourceCommit"],
        )


def test_rules_hold_the_merge_until_enough_have_approved(codecommit, side, asked, reviewer, told):
    number, revision = asked["pullRequestId"], asked["revisionId"]
    made = codecommit.create_pull_request_approval_rule(
        pullRequestId=number, approvalRuleName="Two", approvalRuleContent=rule(2)
    )["approvalRule"]
    assert made["approvalRuleName"] == "Two" and len(made["ruleContentSha256"]) == 64
    with pytest.raises(codecommit.exceptions.PullRequestApprovalRulesNotSatisfiedException, match="Two"):
        codecommit.merge_pull_request_by_squash(pullRequestId=number, repositoryName=side)
    with pytest.raises(codecommit.exceptions.PullRequestCannotBeApprovedByAuthorException):
        codecommit.update_pull_request_approval_state(**approval_of(asked))
    reviewer.update_pull_request_approval_state(**approval_of(asked))
    (approval,) = codecommit.get_pull_request_approval_states(pullRequestId=number, revisionId=revision)["approvals"]
    assert approval["approvalState"] == "APPROVE" and ":user/reviewer-" in approval["userArn"]
    assert told(side, CHANGE)[-1]["approvalStatus"] == "APPROVE"
    evaluated = codecommit.evaluate_pull_request_approval_rules(pullRequestId=number, revisionId=revision)["evaluation"]
    assert (evaluated["approved"], evaluated["approvalRulesNotSatisfied"]) == (False, ["Two"])
    updated = codecommit.update_pull_request_approval_rule_content(
        pullRequestId=number, approvalRuleName="Two", newRuleContent=rule(1)
    )["approvalRule"]
    assert updated["approvalRuleId"] == made["approvalRuleId"]
    evaluated = codecommit.evaluate_pull_request_approval_rules(pullRequestId=number, revisionId=revision)["evaluation"]
    assert (evaluated["approved"], evaluated["approvalRulesSatisfied"]) == (True, ["Two"])
    merged = codecommit.merge_pull_request_by_squash(pullRequestId=number, repositoryName=side)["pullRequest"]
    assert merged["pullRequestStatus"] == "CLOSED"


def test_a_pool_says_whose_approval_counts(codecommit, asked, reviewer):
    number, revision = asked["pullRequestId"], asked["revisionId"]
    for name, pool in (
        ("others", ["CodeCommitApprovers:123456789012:somebody"]),
        ("reviewers", ["CodeCommitApprovers:123456789012:reviewer-*"]),
        ("by arn", ["arn:aws:iam::123456789012:user/*"]),
    ):
        codecommit.create_pull_request_approval_rule(
            pullRequestId=number, approvalRuleName=name, approvalRuleContent=rule(1, ApprovalPoolMembers=pool)
        )
    reviewer.update_pull_request_approval_state(**approval_of(asked))
    evaluated = codecommit.evaluate_pull_request_approval_rules(pullRequestId=number, revisionId=revision)["evaluation"]
    assert evaluated["approvalRulesNotSatisfied"] == ["others"]
    assert codecommit.delete_pull_request_approval_rule(pullRequestId=number, approvalRuleName="others")[
        "approvalRuleId"
    ]
    evaluated = codecommit.evaluate_pull_request_approval_rules(pullRequestId=number, revisionId=revision)["evaluation"]
    assert evaluated["approved"] is True
    with pytest.raises(codecommit.exceptions.InvalidApprovalRuleContentException, match="2018-11-08"):
        codecommit.create_pull_request_approval_rule(
            pullRequestId=number, approvalRuleName="bad", approvalRuleContent="{}"
        )


def test_rules_can_be_overridden_and_that_taken_back(codecommit, side, asked):
    number, revision = asked["pullRequestId"], asked["revisionId"]
    codecommit.create_pull_request_approval_rule(
        pullRequestId=number, approvalRuleName="Two", approvalRuleContent=rule(2)
    )
    codecommit.override_pull_request_approval_rules(
        pullRequestId=number, revisionId=revision, overrideStatus="OVERRIDE"
    )
    state = codecommit.get_pull_request_override_state(pullRequestId=number, revisionId=revision)
    assert (state["overridden"], state["overrider"]) == (True, "arn:aws:iam::123456789012:root")
    codecommit.override_pull_request_approval_rules(pullRequestId=number, revisionId=revision, overrideStatus="REVOKE")
    with pytest.raises(codecommit.exceptions.PullRequestApprovalRulesNotSatisfiedException):
        codecommit.merge_pull_request_by_squash(pullRequestId=number, repositoryName=side)


def test_comments_are_posted_answered_changed_and_deleted(codecommit, side, asked, reviewer, told):
    number = asked["pullRequestId"]
    (target,) = asked["pullRequestTargets"]
    place = {"beforeCommitId": target["destinationCommit"], "afterCommitId": target["sourceCommit"]}
    location = {"filePath": "side.txt", "filePosition": 1, "relativeFileVersion": "AFTER"}
    posted = reviewer.post_comment_for_pull_request(
        pullRequestId=number, repositoryName=side, **place, location=location, content="Why?"
    )
    first = posted["comment"]
    assert posted["location"] == location and posted["afterBlobId"]
    reply = codecommit.post_comment_reply(inReplyTo=first["commentId"], content="Because")["comment"]
    assert reply["inReplyTo"] == first["commentId"]
    (thread,) = codecommit.get_comments_for_pull_request(pullRequestId=number)["commentsForPullRequestData"]
    assert [one["content"] for one in thread["comments"]] == ["Why?", "Because"]
    assert (thread["repositoryName"], thread["location"]) == (side, location)
    codecommit.update_comment(commentId=reply["commentId"], content="It was missing")
    assert codecommit.get_comment(commentId=reply["commentId"])["comment"]["content"] == "It was missing"
    with pytest.raises(codecommit.exceptions.CommentNotCreatedByCallerException):
        codecommit.update_comment(commentId=first["commentId"], content="Not mine")
    gone = reviewer.delete_comment_content(commentId=first["commentId"])["comment"]
    assert gone["deleted"] is True and "content" not in gone
    with pytest.raises(codecommit.exceptions.CommentDeletedException):
        codecommit.get_comment(commentId=first["commentId"])
    events = told(side, "CodeCommit Comment on Pull Request")
    assert [one["event"] for one in events] == [
        "commentOnPullRequestCreated",
        "commentOnPullRequestCreated",
        "commentOnPullRequestUpdated",
    ]
    assert (events[0]["pullRequestId"], events[0]["commentId"]) == (number, first["commentId"])
    assert events[1]["inReplyTo"] == first["commentId"]


def test_a_commit_is_commented_on(codecommit, side, head, told):
    commit = head(side, "side")
    codecommit.post_comment_for_compared_commit(repositoryName=side, afterCommitId=commit, content="Nice")
    found = codecommit.get_comments_for_compared_commit(repositoryName=side, afterCommitId=commit)
    (thread,) = found["commentsForComparedCommitData"]
    assert [one["content"] for one in thread["comments"]] == ["Nice"]
    assert told(side, "CodeCommit Comment on Commit")[0]["event"] == "commentOnCommitCreated"


def test_comments_refuse_places_that_are_not_there(codecommit, side, asked, head):
    errors = codecommit.exceptions
    commits = {"beforeCommitId": head(side), "afterCommitId": head(side, "side")}

    def post(**more):
        arguments = {"pullRequestId": asked["pullRequestId"], "repositoryName": side, "content": "x", **commits, **more}
        codecommit.post_comment_for_pull_request(**arguments)

    with pytest.raises(errors.PathDoesNotExistException):
        post(location={"filePath": "nothing"})
    with pytest.raises(errors.BeforeCommitIdAndAfterCommitIdAreSameException):
        post(beforeCommitId=commits["afterCommitId"])
    with pytest.raises(errors.CommitDoesNotExistException):
        post(afterCommitId="0" * 40)
    with pytest.raises(errors.CommentContentRequiredException):
        post(content=" ")
    with pytest.raises(errors.CommentDoesNotExistException):
        codecommit.get_comment(commentId="nothing")


def test_a_deleted_repository_takes_its_pull_requests_with_it(codecommit, side, asked):
    codecommit.delete_repository(repositoryName=side)
    with pytest.raises(codecommit.exceptions.PullRequestDoesNotExistException):
        codecommit.get_pull_request(pullRequestId=asked["pullRequestId"])


def test_a_renamed_repository_keeps_its_pull_requests(codecommit, side, asked, unique):
    new = unique("renamed")
    codecommit.update_repository_name(oldName=side, newName=new)
    found = codecommit.get_pull_request(pullRequestId=asked["pullRequestId"])["pullRequest"]
    assert found["pullRequestTargets"][0]["repositoryName"] == new
    merged = codecommit.merge_pull_request_by_squash(pullRequestId=asked["pullRequestId"], repositoryName=new)
    assert merged["pullRequest"]["pullRequestStatus"] == "CLOSED"
