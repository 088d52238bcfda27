"""Why a pattern matches an event or not, field by field; it always agrees with the matching itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ormer.aws.pattern_findings import Finding, findings
from ormer.aws.patterns import Pattern


def explained(pattern: dict[str, Any], event: dict[str, Any]) -> dict[str, Finding]:
    """Findings by path, those inside as well."""
    found: dict[str, Finding] = {}
    waiting = list(findings(Pattern(json.dumps(pattern)), event))
    while waiting:
        one = waiting.pop(0)
        found[one.path] = one
        waiting += one.inside
    return found


ORDER = {"source": "shop", "detail": {"amount": 5, "country": "NZ", "items": [{"sku": "a-1"}, {"sku": "b-2"}]}}


def test_each_field_says_what_it_wants_and_what_there_is():
    found = explained({"source": ["shop", "store"], "detail": {"amount": [{"numeric": [">", 10]}]}}, ORDER)
    assert found["source"].met and found["source"].found == ("shop",)
    assert [(one.wants, one.met) for one in found["source"].alternatives] == [("shop", True), ("store", False)]
    assert not found["detail"].met
    amount = found["detail.amount"]
    assert (amount.met, amount.found, amount.alternatives[0].wants) == (False, (5,), {"numeric": [">", 10]})


def test_a_field_that_is_not_there_is_told_from_one_that_may_be_absent():
    found = explained({"detail": {"vip": [{"exists": False}], "city": ["Oslo"]}}, ORDER)
    assert found["detail.vip"].met and found["detail.vip"].alternatives[0].met
    assert not found["detail.city"].met and found["detail.city"].found == ()


def test_of_a_list_the_nearest_element_is_shown():
    event = {"detail": {"items": [{"sku": "a-1", "size": 1}, {"sku": "b-2", "size": 9}, {"sku": "c", "size": 1}]}}
    items = explained({"detail": {"items": {"sku": [{"prefix": "b"}], "size": [1]}}}, event)["detail.items"]
    assert not items.met and "none of its 3 elements" in items.note
    assert sorted(one.met for one in items.inside) == [False, True]


def test_every_option_of_a_choice_is_told():
    found = explained({"detail": {"$or": [{"country": ["NO"]}, {"amount": [5]}]}}, ORDER)
    choice = found["detail.$or"]
    assert choice.met and [option.met for option in choice.inside] == [False, True]
    assert choice.inside[0].inside[0].path == "detail.country"


def test_an_object_that_is_a_text_in_the_event_is_told():
    found = explained({"detail": {"country": {"name": ["NZ"]}}}, ORDER)["detail.country"]
    assert (found.met, found.found, found.note) == (False, ("NZ",), "there is no object here")


values = st.one_of(st.sampled_from(["a", "b", 1, 2, True, None]), st.lists(st.sampled_from(["a", "b", 1]), max_size=2))
events = st.recursive(
    st.dictionaries(st.sampled_from("xyz"), values, max_size=3),
    lambda inner: st.dictionaries(
        st.sampled_from("xyz"), st.one_of(values, inner, st.lists(inner, max_size=2)), max_size=3
    ),
    max_leaves=8,
)
alternatives = st.lists(
    st.one_of(st.sampled_from(["a", "b", 1]), st.sampled_from([{"exists": False}, {"exists": True}, {"prefix": "a"}])),
    min_size=1,
    max_size=2,
)
patterns = st.recursive(
    st.dictionaries(st.sampled_from("xyz"), alternatives, min_size=1, max_size=2),
    lambda inner: st.one_of(
        st.dictionaries(st.sampled_from("xyz"), st.one_of(alternatives, inner), min_size=1, max_size=2),
        st.fixed_dictionaries({"$or": st.lists(inner, min_size=2, max_size=2)}),
    ),
    max_leaves=5,
)


@settings(deadline=None)
@given(patterns, events)
def test_the_findings_agree_with_the_matching(pattern: dict[str, Any], event: dict[str, Any]):
    compiled = Pattern(json.dumps(pattern))
    assert all(one.met for one in findings(compiled, event)) == compiled.matches(event)


@pytest.mark.parametrize("event", [{}, {"detail": None}, {"detail": [[]]}, {"detail": [[{"amount": 5}]]}])
def test_odd_events_are_explained_too(event: dict[str, Any]):
    found = explained({"detail": {"amount": [5]}}, event)
    assert found["detail"].met == Pattern('{"detail": {"amount": [5]}}').matches(event)
