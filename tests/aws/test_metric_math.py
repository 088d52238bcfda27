"""Metric math: what expressions mean, and what is no expression."""

from __future__ import annotations

import pytest

from ormer.aws.metric_functions import Many, MathError
from ormer.aws.metric_math import Grid, evaluate, ids_of, parse

GRID = Grid((0.0, 60.0, 120.0), 60)
M1 = {0.0: 1.0, 60.0: 2.0, 120.0: 4.0}
M2 = {0.0: 10.0, 120.0: 0.0}


def value(text):
    known = {"m1": M1, "m2": M2}
    return evaluate(parse(text), known, known, GRID)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3 ^ 2", 19.0),
        ("-(2 - 5) / 2", 1.5),
        ("m1 * 2", {0.0: 2.0, 60.0: 4.0, 120.0: 8.0}),
        # Missing in one is missing in the result; a division by zero has no value.
        ("m1 + m2", {0.0: 11.0, 120.0: 4.0}),
        ("m1 / m2", {0.0: 0.1}),
        ("m1 >= 2", {0.0: 0.0, 60.0: 1.0, 120.0: 1.0}),
        ("m1 > 1 AND m1 < 3", {0.0: 0.0, 60.0: 1.0, 120.0: 0.0}),
        ("m1 == 1 || m1 == 4", {0.0: 1.0, 60.0: 0.0, 120.0: 1.0}),
        ("SUM(m1)", 7.0),
        ("AVG([m1, m2])", {0.0: 5.5, 60.0: 2.0, 120.0: 2.0}),
        ("SUM(METRICS())", {0.0: 11.0, 60.0: 2.0, 120.0: 4.0}),
        ("MAX(METRICS('m2'))", {0.0: 10.0, 120.0: 0.0}),
        ("MIN(m1) + MAX(m1)", 5.0),
        ("METRIC_COUNT(METRICS())", 2.0),
        ("FILL(m2, 7)", {0.0: 10.0, 60.0: 7.0, 120.0: 0.0}),
        ("FILL(m2, REPEAT)", {0.0: 10.0, 60.0: 10.0, 120.0: 0.0}),
        ("FILL(m2, LINEAR)", {0.0: 10.0, 60.0: 5.0, 120.0: 0.0}),
        ("FILL(m2, m1)", {0.0: 10.0, 60.0: 2.0, 120.0: 0.0}),
        ("IF(m1 > 1, m1, 0)", {0.0: 0.0, 60.0: 2.0, 120.0: 4.0}),
        ("IF(m1 > 1, m1)", {60.0: 2.0, 120.0: 4.0}),
        ("IF(1, m2, m1)", M2),
        ("RATE(m1)", {60.0: 1 / 60, 120.0: 2 / 60}),
        ("DIFF(m1)", {60.0: 1.0, 120.0: 2.0}),
        ("RUNNING_SUM(m1)", {0.0: 1.0, 60.0: 3.0, 120.0: 7.0}),
        ("CEIL(m1 / 4)", {0.0: 1.0, 60.0: 1.0, 120.0: 1.0}),
        ("SUM(m1) / PERIOD(m1)", 7 / 60),
        ("TIME_SERIES(3)", {0.0: 3.0, 60.0: 3.0, 120.0: 3.0}),
        ("LAST([m1, m2])", M2),
    ],
)
def test_an_expression_has_its_value(text, expected):
    assert value(text) == expected


def test_an_array_keeps_its_labels():
    assert value("METRICS() * 2") == Many((("m1", {0.0: 2.0, 60.0: 4.0, 120.0: 8.0}), ("m2", {0.0: 20.0, 120.0: 0.0})))


def test_an_expression_tells_what_it_names():
    assert list(ids_of(parse("FILL(a, REPEAT) + SUM([b, c])"))) == ["a", "b", "c"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "m1 m2",
        "SUM(m1",
        "[m1",
        "NOPE(m1)",
        "m1 ++",
        "1 = 1",
        "(" * 60 + "1" + ")" * 60,
        "-" * 300 + "1",
        "1+" * 300 + "1",
    ],
)
def test_what_is_no_expression_is_refused(text):
    with pytest.raises(MathError):
        parse(text)


@pytest.mark.parametrize(
    "text", ["SUM(m1, m2)", "METRICS() + METRICS()", "FILL(1, 2)", "RATE(1)", "FIRST(m1)", "[1]", "'x'"]
)
def test_arguments_that_do_not_fit_are_refused(text):
    with pytest.raises(MathError):
        value(text)
