"""Event patterns: AWS's documented examples, AWS's refusals, and random patterns against a matcher written naively."""

from __future__ import annotations

import ipaddress
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.events.models import EventPattern

from ormer.aws.pattern_tests import InvalidPattern
from ormer.aws.patterns import Pattern

JsonDict = dict[str, Any]

# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
EC2: JsonDict = {
    "version": "0",
    "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "account": "111122223333",
    "time": "2017-12-22T18:43:48Z",
    "region": "us-west-1",
    "resources": ["arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"],
    "detail": {"instance-id": "i-1234567890abcdef0", "state": "terminated", "cpu": 4.5, "ok": True, "none": None},
}


def matches(pattern: Any, event: JsonDict) -> bool:
    return Pattern(json.dumps(pattern)).matches(event)


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ({"source": ["aws.ec2"]}, True),
        ({"source": ["aws.ec2"], "detail": {"state": ["running", "terminated"]}}, True),
        ({"source": ["aws.ec2"], "detail": {"state": ["running"]}}, False),
        ({"resources": ["arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0", "other"]}, True),
        ({"time": [{"prefix": "2017-12-22"}]}, True),
        ({"region": [{"prefix": {"equals-ignore-case": "US-"}}]}, True),
        ({"region": [{"suffix": {"equals-ignore-case": "WEST-1"}}]}, True),
        ({"source": [{"suffix": ".ec2"}]}, True),
        ({"detail-type": [{"equals-ignore-case": "ec2 instance State-Change notification"}]}, True),
        ({"detail": {"state": [{"anything-but": "initializing"}]}}, True),
        ({"detail": {"state": [{"anything-but": ["stopped", "terminated"]}]}}, False),
        ({"detail": {"state": [{"anything-but": {"prefix": "term"}}]}}, False),
        ({"detail": {"state": [{"anything-but": {"prefix": ["x", "term"]}}]}}, False),
        ({"detail": {"state": [{"anything-but": {"suffix": "ed"}}]}}, False),
        ({"detail": {"state": [{"anything-but": {"suffix": ["ing"]}}]}}, True),
        ({"detail": {"state": [{"anything-but": {"equals-ignore-case": ["Terminated"]}}]}}, False),
        ({"detail": {"state": [{"anything-but": {"wildcard": "*min*"}}]}}, False),
        ({"detail": {"cpu": [{"anything-but": [1, 2]}]}}, True),
        ({"detail": {"cpu": [4.5]}}, True),
        ({"detail": {"cpu": ["4.5"]}}, False),
        ({"detail": {"cpu": [{"numeric": [">", 0, "<=", 5]}]}}, True),
        ({"detail": {"cpu": [{"numeric": ["=", 4]}]}}, False),
        ({"detail": {"state": [{"numeric": [">", 0]}]}}, False),
        ({"detail": {"ok": [True], "none": [None]}}, True),
        ({"detail": {"ok": [1]}}, False),
        ({"detail": {"none": [{"exists": True}]}}, True),
        ({"detail": {"gone": [{"exists": False}]}}, True),
        ({"nothing": {"deep": [{"exists": False}]}}, True),
        ({"nothing": {"deep": ["x"]}}, False),
        ({"detail": {"state": [{"exists": False}]}}, False),
        ({"detail": {"gone": [{"exists": False}, "x"]}}, True),
        ({"detail": [{"exists": True}]}, False),
        ({"source": [{"wildcard": "aws.*"}]}, True),
        ({"source": [{"wildcard": "*.e*2"}]}, True),
        ({"source": [{"wildcard": "a*aws*"}]}, False),
        ({"$or": [{"source": ["x"]}, {"detail": {"state": ["terminated"]}}]}, True),
        ({"source": ["aws.ec2"], "detail": {"$or": [{"state": ["x"]}, {"cpu": [{"numeric": [">", 9]}]}]}}, False),
        ({"version": [0]}, False),
    ],
)
def test_documented_forms_match_as_documented(pattern: JsonDict, wanted: bool) -> None:
    assert matches(pattern, EC2) is wanted
    assert (Pattern(json.dumps(pattern)).mismatch(EC2) is None) is wanted


def test_addresses_are_matched_by_their_network() -> None:
    pattern = {"detail": {"ip": [{"cidr": "10.0.0.0/24"}, {"cidr": "2001:db8::/32"}]}}
    found = [
        one
        for one in ("10.0.0.255", "10.0.1.0", "2001:db8::1", "2001:db9::1", "text")
        if matches(pattern, {"detail": {"ip": one}})
    ]
    assert found == ["10.0.0.255", "2001:db8::1"]


def test_an_array_matches_by_any_element_but_an_object_by_one_as_a_whole() -> None:
    event = {"detail": {"tags": ["a", "b"], "parts": [{"name": "x", "size": 1}, {"name": "y", "size": 9}], "none": []}}
    assert matches({"detail": {"tags": ["b"]}}, event)
    assert matches({"detail": {"tags": [{"anything-but": ["a"]}]}}, event)
    assert matches({"detail": {"parts": {"name": ["y"], "size": [9]}}}, event)
    assert not matches({"detail": {"parts": {"name": ["x"], "size": [9]}}}, event)
    assert not matches({"detail": {"parts": {"name": [{"exists": False}]}}}, event)
    assert matches({"detail": {"parts": {"colour": [{"exists": False}]}}}, event)
    assert not matches(
        {"detail": {"parts": {"colour": [{"exists": False}]}}}, {"detail": {"parts": [{"colour": 1}, {}]}}
    )
    assert matches({"detail": {"none": [{"exists": False}]}}, event)


def test_stars_and_backslashes_can_be_meant_as_such() -> None:
    event = {"a": "x*y\\z"}
    assert matches({"a": [{"wildcard": "x\\*y\\\\*"}]}, event)
    assert not matches({"a": [{"wildcard": "x\\*z"}]}, event)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("[]", "Filter is not an object"),
        ('"text"', "Filter is not an object"),
        ("{", "not valid JSON"),
        ("{}", "Empty objects are not allowed"),
        ('{"source": "aws.ec2"}', '"source" must be an object or an array'),
        ('{"source": []}', "Empty arrays are not allowed"),
        ('{"source": {}}', "Empty objects are not allowed"),
        ('{"source": [["a"]]}', "Match value must be String, number, true, false, or null"),
        ('{"source": [{"like": "a"}]}', "Unrecognized match type like"),
        ('{"source": [{"prefix": 1}]}', "prefix match pattern must be a string"),
        ('{"source": [{"prefix": "a", "suffix": "b"}]}', "Only one key allowed in match expression"),
        ('{"source": [{"exists": "yes"}]}', "exists match pattern must be either true or false."),
        ('{"source": [{"numeric": [">", "a"]}]}', "Value of > must be numeric"),
        ('{"source": [{"numeric": ["!", 1]}]}', "Unrecognized numeric range operator: !"),
        ('{"source": [{"numeric": [[], 1]}]}', "Unrecognized numeric range operator"),
        ('{"source": [{"numeric": [">", 5, "<", 1]}]}', "Bottom must be less than top"),
        ('{"source": [{"cidr": "10.0.0.0"}]}', "Malformed CIDR, one '/' required"),
        ('{"source": [{"cidr": "a/8"}]}', "Nonstandard IP address"),
        ('{"source": [{"wildcard": "a**b"}]}', "Consecutive wildcard characters at pos 1"),
        ('{"source": [{"wildcard": "a\\\\b"}]}', "Invalid escape character at pos 1"),
        ('{"source": [{"anything-but": [1, "a"]}]}', "mixed type is not supported"),
        ('{"source": [{"anything-but": null}]}', "Inside anything but list"),
        ('{"a": [NaN]}', "not valid JSON"),
        ('{"a":' * 120 + "[1]" + "}" * 120, "nested too deeply"),
        ('{"a":' * 90_000, "nested too deeply"),
    ],
)
def test_what_is_no_pattern_is_refused_with_its_reason(pattern: str, reason: str) -> None:
    with pytest.raises(InvalidPattern, match=re.escape(reason)):
        Pattern(pattern)


def test_a_pattern_tells_the_only_values_of_a_field() -> None:
    pattern = Pattern(json.dumps({"source": ["a", "b"], "detail-type": ["x", {"prefix": "y"}]}))
    assert pattern.exact("source") == {"a", "b"}
    assert pattern.exact("detail-type") is None and pattern.exact("region") is None


def test_a_pattern_says_where_an_event_differs() -> None:
    pattern = Pattern(json.dumps({"source": ["aws.ec2"], "detail": {"state": ["running"], "x": ["y"]}}))
    assert pattern.mismatch(EC2) == 'detail.state is "terminated", the pattern wants ["running"]'
    many = Pattern(json.dumps({"parts": {"a": [1], "b": [2]}}))
    assert "none of the 2 elements of parts" in str(many.mismatch({"parts": [{"a": 1}, {"b": 2}]}))


TEXTS = st.sampled_from(["", "a", "b", "ab", "ba", "aB", "A", "aba", "10.0.0.1"])
NUMBERS = st.sampled_from([0, 1, -1, 1.5, 2, 300])
SCALARS = st.one_of(TEXTS, NUMBERS, st.booleans(), st.none())
NAMES = st.sampled_from(["p", "q", "r"])
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3))
EVENTS = st.dictionaries(NAMES, st.one_of(VALUES, st.dictionaries(NAMES, VALUES, max_size=3)), max_size=3)
PREFIXES = TEXTS.filter(bool)
ALTERNATIVES = st.one_of(
    SCALARS,
    st.builds(lambda text: {"prefix": text}, PREFIXES),
    st.builds(lambda text: {"suffix": text}, PREFIXES),
    st.builds(lambda text: {"equals-ignore-case": text}, TEXTS),
    st.builds(lambda texts: {"anything-but": texts}, st.lists(TEXTS, min_size=1, max_size=2)),
    st.builds(lambda number: {"anything-but": number}, NUMBERS),
    st.builds(lambda text: {"anything-but": {"prefix": text}}, PREFIXES),
    st.builds(lambda there: {"exists": there}, st.booleans()),
    st.builds(lambda sign, number: {"numeric": [sign, number]}, st.sampled_from(["=", "<", "<=", ">", ">="]), NUMBERS),
    st.builds(lambda text: {"wildcard": text}, st.sampled_from(["*", "a*", "*a", "a*a", "*b*", "ab"])),
    st.just({"cidr": "10.0.0.0/30"}),
)
LEAVES = st.lists(ALTERNATIVES, min_size=1, max_size=3)
PATTERNS = st.recursive(
    st.dictionaries(NAMES, LEAVES, min_size=1, max_size=2),
    lambda inner: st.dictionaries(NAMES, st.one_of(LEAVES, inner), min_size=1, max_size=2),
    max_leaves=4,
)
CHOICES = st.one_of(PATTERNS, st.builds(lambda one, two: {"$or": [one, two]}, PATTERNS, PATTERNS))


def naive(pattern: JsonDict, event: Any) -> bool:
    """The same language for events without arrays of objects, straight from AWS's sentences."""
    for name, wanted in pattern.items():
        there = isinstance(event, dict) and name in event
        if name == "$or":
            if not any(naive(one, event) for one in wanted):
                return False
        elif isinstance(wanted, dict):
            inner = event[name] if there and isinstance(event[name], dict) else {}
            if not naive(wanted, inner):
                return False
        else:
            value = event[name] if there else []
            values = value if isinstance(value, list) else [] if isinstance(value, dict) else [value]
            if not any(_naive_test(one, values) for one in wanted):
                return False
    return True


def _naive_test(wanted: Any, values: list[Any]) -> bool:
    if isinstance(wanted, dict) and "exists" in wanted:
        return bool(values) == wanted["exists"]
    return any(_naive_value(wanted, value) for value in values)


def _naive_value(wanted: Any, value: Any) -> bool:
    if not isinstance(wanted, dict):
        return json.dumps(wanted) == json.dumps(value)
    ((keyword, argument),) = wanted.items()
    if keyword == "anything-but":
        refused = argument if isinstance(argument, list) else [argument]
        return not any(_naive_value(one, value) for one in refused)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if keyword == "numeric":
        sign, bound = argument
        python = {"=": "=="}.get(sign, sign)
        return number and bool(eval(f"{value!r} {python} {bound!r}"))
    if not isinstance(value, str):
        return False
    if keyword == "cidr":
        return bool(re.fullmatch(r"[\d.]+", value)) and ipaddress.ip_address(value) in ipaddress.ip_network(argument)
    tests = {
        "prefix": value[: len(str(argument))] == argument,
        "suffix": value[-len(str(argument)) :] == argument,
        "equals-ignore-case": value.lower() == str(argument).lower(),
        "wildcard": re.fullmatch(re.escape(str(argument)).replace(r"\*", ".*"), value) is not None,
    }
    return tests[keyword]


@settings(max_examples=400)
@given(CHOICES, EVENTS)
def test_random_patterns_match_what_a_naive_matcher_says(pattern: JsonDict, event: JsonDict) -> None:
    compiled = Pattern(json.dumps(pattern))
    assert compiled.matches(event) == naive(pattern, event)
    assert (compiled.mismatch(event) is None) == compiled.matches(event)


PLAIN = st.dictionaries(NAMES, st.lists(TEXTS.filter(bool), min_size=1, max_size=2), min_size=1, max_size=2)
PLAIN_EVENTS = st.dictionaries(NAMES, st.one_of(TEXTS, st.lists(TEXTS, min_size=1, max_size=2)), min_size=1, max_size=3)


@given(PLAIN, PLAIN_EVENTS)
def test_exact_patterns_match_what_another_implementation_says(pattern: JsonDict, event: JsonDict) -> None:
    other = EventPattern.load(json.dumps(pattern))
    assert matches(pattern, event) == other.matches_event(event)


@given(
    st.recursive(
        st.one_of(SCALARS, st.sampled_from(["prefix", "exists"])),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(["a", "prefix", "numeric", "$or", "anything-but", "exists"]), inner, max_size=2
            ),
        ),
        max_leaves=8,
    )
)
def test_any_json_is_a_pattern_or_refused(value: Any) -> None:
    try:
        pattern = Pattern(json.dumps(value))
    except InvalidPattern:
        return
    assert pattern.matches({"a": [1, "x", {"a": None}]}) in (True, False)
