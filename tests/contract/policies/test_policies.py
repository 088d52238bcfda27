"""IAM's decisions, as the evaluation-logic page and the operators' page describe them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ormer.aws.policies import evaluate, trusts

BUCKET = "arn:aws:s3:::bucket"
OBJECT = "arn:aws:s3:::bucket/key"


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def allowed(*statements: dict[str, Any], action: str = "s3:GetObject", resource: str = OBJECT, **context: Any) -> bool:
    return evaluate([policy(*statements)], action, resource, context.get("context", {})).allowed


def condition_holds(operator: str, wanted: Any, present: Any, key: str = "aws:key") -> bool:
    """Whether an Allow statement with this one condition allows; present None leaves the key out."""
    context = {} if present is None else {key: present}
    return allowed(allow(Condition={operator: {key: wanted}}), context=context)


def test_without_any_policy_nothing_is_allowed_and_the_reason_names_the_action() -> None:
    decision = evaluate([], "s3:GetObject", OBJECT, {})
    assert not decision.allowed
    assert decision.reason == "because no identity-based policy allows the s3:GetObject action"


def test_an_explicit_deny_beats_any_allow_whatever_their_order() -> None:
    assert not allowed(allow(), deny("s3:GetObject"))
    assert not allowed(deny("s3:GetObject"), allow())
    assert "explicit deny" in evaluate([policy(deny()), policy(allow())], "s3:GetObject", OBJECT, {}).reason


def test_actions_ignore_case_and_know_wildcards() -> None:
    assert allowed(allow("S3:getOBJECT"))
    assert allowed(allow("s3:Get*"))
    assert allowed(allow("s3:Get?bject"))
    assert not allowed(allow("s3:Put*"))
    assert not allowed(allow("s3:Get"))


def test_resources_mind_case() -> None:
    assert allowed(allow(resource="arn:aws:s3:::bucket/*"))
    assert not allowed(allow(resource="arn:aws:s3:::BUCKET/*"))
    assert not allowed(allow(resource=BUCKET))


def test_not_action_and_not_resource_cover_everything_else() -> None:
    others = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
    assert allowed(others)
    assert not allowed(others, action="iam:GetRole")
    elsewhere = {"Effect": "Allow", "Action": "*", "NotResource": f"{BUCKET}/secret/*"}
    assert allowed(elsewhere)
    assert not allowed(elsewhere, resource=f"{BUCKET}/secret/x")


def test_a_statement_may_stand_without_a_list() -> None:
    assert evaluate([{"Statement": allow()}], "s3:GetObject", OBJECT, {}).allowed


def test_a_permission_boundary_must_allow_too_and_may_deny() -> None:
    wide = [policy(allow())]
    inside, outside = policy(allow("s3:*")), policy(allow("iam:*"))
    assert evaluate(wide, "s3:GetObject", OBJECT, {}, inside).allowed
    assert not evaluate(wide, "s3:GetObject", OBJECT, {}, outside).allowed
    assert "permissions boundary" in evaluate(wide, "s3:GetObject", OBJECT, {}, outside).reason
    assert not evaluate([], "s3:GetObject", OBJECT, {}, inside).allowed
    assert not evaluate(wide, "s3:GetObject", OBJECT, {}, policy(allow(), deny("s3:Get*"))).allowed


def test_policy_variables_are_filled_in_and_their_wildcards_are_literal() -> None:
    home = allow(resource="arn:aws:s3:::bucket/${aws:username}/*")
    assert allowed(home, resource=f"{BUCKET}/ana/x", context={"aws:username": "ana"})
    assert not allowed(home, resource=f"{BUCKET}/bob/x", context={"aws:username": "ana"})
    assert not allowed(home, resource=f"{BUCKET}/bob/x", context={"aws:username": "*"})
    assert not allowed(home, resource=f"{BUCKET}//x")


def test_a_variable_may_have_a_default_and_a_star_may_be_literal() -> None:
    team = allow(resource="arn:aws:s3:::bucket/${aws:PrincipalTag/team, 'shared'}/x")
    assert allowed(team, resource=f"{BUCKET}/shared/x")
    assert allowed(team, resource=f"{BUCKET}/ml/x", context={"aws:PrincipalTag/team": "ml"})
    star = allow(resource="arn:aws:s3:::bucket/${*}")
    assert allowed(star, resource=f"{BUCKET}/*")
    assert not allowed(star, resource=f"{BUCKET}/x")


@pytest.mark.parametrize(
    ("operator", "wanted", "yes", "no"),
    [
        ("StringEquals", ["a", "b"], "b", "B"),
        ("StringNotEquals", ["a", "b"], "c", "a"),
        ("StringEqualsIgnoreCase", "Ab", "aB", "ac"),
        ("StringNotEqualsIgnoreCase", "Ab", "ac", "aB"),
        ("StringLike", "a*", "abc", "ba"),
        ("StringNotLike", "a*", "ba", "abc"),
        ("NumericEquals", "5", 5, 6),
        ("NumericNotEquals", "5", 6, 5),
        ("NumericLessThan", "5", 4, 5),
        ("NumericLessThanEquals", "5", 5, 6),
        ("NumericGreaterThan", 5, 6, 5),
        ("NumericGreaterThanEquals", 5, 5, 4),
        ("DateEquals", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2026-01-02T00:00:00Z"),
        ("DateNotEquals", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("DateLessThan", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z"),
        ("DateLessThanEquals", "1767225600", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"),
        ("DateGreaterThan", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", "2026-01-01T00:00:00Z"),
        ("DateGreaterThanEquals", "2026-01-01", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z"),
        ("Bool", "true", True, False),
        ("Bool", True, "true", "false"),
        ("BinaryEquals", "YQ==", "YQ==", "Yg=="),
        ("IpAddress", "10.0.0.0/8", "10.1.2.3", "11.0.0.1"),
        ("IpAddress", "2001:db8::/32", "2001:db8::1", "10.0.0.1"),
        ("NotIpAddress", "10.0.0.0/8", "11.0.0.1", "10.1.2.3"),
        ("ArnEquals", "arn:aws:iam::*:role/x", "arn:aws:iam::1:role/x", "arn:aws:iam::1:role/y"),
        ("ArnLike", "arn:aws:iam::*:role/*", "arn:aws:iam::1:role/y", "arn:aws:iam::1:user/y"),
        ("ArnNotEquals", "arn:aws:iam::1:role/x", "arn:aws:iam::1:role/y", "arn:aws:iam::1:role/x"),
        ("ArnNotLike", "arn:aws:iam::1:role/*", "arn:aws:iam::1:user/y", "arn:aws:iam::1:role/x"),
    ],
)
def test_every_operator_tells_yes_from_no(operator: str, wanted: Any, yes: Any, no: Any) -> None:
    assert condition_holds(operator, wanted, yes)
    assert not condition_holds(operator, wanted, no)


def test_an_arns_star_does_not_cross_a_colon() -> None:
    assert not condition_holds("ArnLike", "arn:aws:s3:*:x", "arn:aws:s3:us-east-1:1:bucket:x")


def test_an_absent_key_fails_unless_negated_or_if_exists() -> None:
    assert not condition_holds("StringEquals", "a", None)
    assert condition_holds("StringNotEquals", "a", None)
    assert condition_holds("StringEqualsIfExists", "a", None)
    assert not condition_holds("StringEqualsIfExists", "a", "b")


def test_null_asks_for_presence() -> None:
    assert condition_holds("Null", "true", None)
    assert not condition_holds("Null", "true", "a")
    assert condition_holds("Null", "false", "a")
    assert not condition_holds("Null", False, None)


def test_set_operators_quantify_over_the_requests_values() -> None:
    assert condition_holds("ForAllValues:StringEquals", ["a", "b"], ["a", "b"])
    assert not condition_holds("ForAllValues:StringEquals", ["a", "b"], ["a", "c"])
    assert condition_holds("ForAllValues:StringEquals", ["a"], None)
    assert condition_holds("ForAnyValue:StringEquals", ["a", "b"], ["c", "a"])
    assert not condition_holds("ForAnyValue:StringEquals", ["a"], ["c"])
    assert not condition_holds("ForAnyValue:StringEquals", ["a"], None)


def test_condition_keys_ignore_case() -> None:
    assert allowed(
        allow(Condition={"StringEquals": {"AWS:RequestTag/Team": "ml"}}), context={"aws:requesttag/team": "ml"}
    )


def test_all_conditions_of_a_statement_must_hold() -> None:
    both = allow(Condition={"StringEquals": {"a": "1", "b": "2"}})
    assert allowed(both, context={"a": "1", "b": "2"})
    assert not allowed(both, context={"a": "1"})


@pytest.mark.parametrize(
    "condition",
    [
        {"StringSimilar": {"aws:key": "a"}},
        {"ForSomeValues:StringEquals": {"aws:key": "a"}},
        {"NumericEquals": {"aws:key": "not a number"}},
        {"IpAddress": {"aws:key": "not an address"}},
        {"Bool": {"aws:key": "perhaps"}},
        {"StringEquals": "not a mapping"},
        "not a block",
    ],
)
def test_what_is_not_understood_never_allows_and_always_denies(condition: Any) -> None:
    context = {"aws:key": "a"}
    assert not allowed(allow(Condition=condition), context=context)
    assert not allowed(allow(), deny(Condition=condition), context=context)


def test_a_negated_condition_on_a_variable_without_value_does_not_allow_everyone() -> None:
    assert not condition_holds("StringNotEquals", "${aws:PrincipalTag/team}", "ml")


def test_trust_policies_name_services_accounts_roles_and_everyone() -> None:
    def trust(principal: Any, effect: str = "Allow", **more: Any) -> dict[str, Any]:
        return policy({"Effect": effect, "Principal": principal, "Action": "sts:AssumeRole", **more})

    service = ["sagemaker.amazonaws.com"]
    root = ["arn:aws:iam::123456789012:root"]
    assert trusts(trust({"Service": "sagemaker.amazonaws.com"}), service, {})
    assert trusts(trust({"Service": ["a.amazonaws.com", "sagemaker.amazonaws.com"]}), service, {})
    assert not trusts(trust({"Service": "sagemaker.amazonaws.com"}), root, {})
    assert trusts(trust({"AWS": "123456789012"}), root, {})
    assert trusts(trust({"AWS": "*"}), root, {})
    assert trusts(trust("*"), root, {})
    assert not trusts(trust({"AWS": "arn:aws:iam::999999999999:root"}), root, {})
    external = trust({"AWS": "*"}, Condition={"StringEquals": {"sts:ExternalId": "x"}})
    assert trusts(external, root, {"sts:ExternalId": "x"})
    assert not trusts(external, root, {})
    both = policy(trust("*")["Statement"][0], trust({"Service": service}, "Deny")["Statement"][0])
    assert not trusts(both, service, {})


names = st.text(alphabet="abcXYZ019*?${}[](.+\\", min_size=1, max_size=12)


@given(names)
def test_a_users_name_in_a_variable_matches_only_itself(name: str) -> None:
    home = allow(resource="arn:aws:s3:::b/${aws:username}")
    assert allowed(home, resource=f"arn:aws:s3:::b/{name}", context={"aws:username": name})
    assert not allowed(home, resource=f"arn:aws:s3:::b/{name}x", context={"aws:username": name})


statements = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Action": st.sampled_from(["*", "s3:*", "s3:GetObject", "iam:*"]),
        "Resource": st.sampled_from(["*", OBJECT, f"{BUCKET}/*", "arn:aws:s3:::other/*"]),
    },
    optional={"Condition": st.sampled_from([{"Bool": {"k": "true"}}, {"Bool": {"k": "false"}}, {"Odd": {"k": "x"}}])},
)


@given(st.lists(statements, max_size=6), st.booleans())
def test_order_never_matters_and_a_deny_more_never_allows_more(found: list[dict[str, Any]], secure: bool) -> None:
    context = {"k": secure}
    decision = evaluate([policy(*found)], "s3:GetObject", OBJECT, context)
    assert evaluate([policy(*reversed(found))], "s3:GetObject", OBJECT, context).allowed == decision.allowed
    assert evaluate([policy(one) for one in found], "s3:GetObject", OBJECT, context).allowed == decision.allowed
    assert not evaluate([policy(*found, deny())], "s3:GetObject", OBJECT, context).allowed
    if decision.allowed:
        assert decision.statement is not None and decision.statement["Effect"] == "Allow"


@given(st.text(max_size=8), st.text(max_size=8))
def test_string_equals_and_not_equals_are_opposites(wanted: str, present: str) -> None:
    literal = "$" not in wanted
    assert not literal or condition_holds("StringEquals", wanted, present) == (wanted == present)
    assert not literal or condition_holds("StringNotEquals", wanted, present) == (wanted != present)
