"""The rules of composite alarms."""

from __future__ import annotations

import pytest

from ormer.aws.alarm_rules import alarms_of, holds, parse

STATES = {"a": "ALARM", "b": "OK", "my alarm": "INSUFFICIENT_DATA", "arn:aws:cloudwatch:r:1:alarm:c": "ALARM"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ALARM(a)", True),
        ('OK("a")', False),
        ("ALARM(a) AND ALARM(b)", False),
        ("ALARM(b) OR ALARM(a) AND OK(b)", True),
        ("(ALARM(b) OR ALARM(a)) AND ALARM(b)", False),
        ("ALARM(a) AND NOT ALARM(b)", True),
        ("NOT(ALARM(a))", False),
        ('INSUFFICIENT_DATA("my alarm") AND TRUE', True),
        ("ALARM(arn:aws:cloudwatch:r:1:alarm:c) AND NOT FALSE", True),
    ],
)
def test_a_rule_is_true_or_false(text, expected):
    assert holds(parse(text), STATES) is expected


def test_a_rule_names_its_alarms():
    assert list(alarms_of(parse('ALARM(a) OR OK("my alarm")'))) == ["a", "my alarm"]


@pytest.mark.parametrize(
    "text", ["", "ALARM()", "ALARM(a) AND", "ALARM(a) ALARM(b)", "(ALARM(a)", "LOUD(a)", "NOT " * 60 + "TRUE"]
)
def test_what_is_no_rule_is_refused(text):
    with pytest.raises(ValueError, match="AlarmRule"):
        parse(text)
