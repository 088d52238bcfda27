"""The JSONPath subset of batch transform's filters."""

from __future__ import annotations

import pytest

from ormer.runtimes.toolkit.failures import UserError
from ormer.runtimes.transform.jsonpath import parse

ROW = ["a", "b", "c", "d", "e"]
OBJECT = {"id": 7, "features": {"x": [1, 2, 3], "y-z": "w"}, "label": None}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("$", ROW, ROW),
        ("$[0]", ROW, "a"),
        ("$[-1]", ROW, "e"),
        ("$[0,-1]", ROW, ["a", "e"]),
        ("$[ 3 , 1 ]", ROW, ["d", "b"]),
        ("$[1:]", ROW, ["b", "c", "d", "e"]),
        ("$[:2]", ROW, ["a", "b"]),
        ("$[1:4]", ROW, ["b", "c", "d"]),
        ("$[-2:]", ROW, ["d", "e"]),
        ("$[:-1]", ROW, ["a", "b", "c", "d"]),
        ("$[7:]", ROW, []),
        ("$[*]", ROW, ROW),
        ("$.id", OBJECT, 7),
        ("$.label", OBJECT, None),
        ("$['id']", OBJECT, 7),
        ("$['id','label']", OBJECT, {"id": 7, "label": None}),
        ("$.features.x[1:]", OBJECT, [2, 3]),
        ("$['features']['y-z']", OBJECT, "w"),
        ("$.features.*", OBJECT, [[1, 2, 3], "w"]),
        ("$.features.x[0]", OBJECT, 1),
        ("$[0,3:]", ROW, ["a", "d", "e"]),
        ("$[:1,-1]", ROW, ["a", "e"]),
        ("$.features.['x','y-z']", OBJECT, {"x": [1, 2, 3], "y-z": "w"}),
        ('$["id"]', OBJECT, 7),
        ("$.features.*[0]", {"features": {"x": [1, 2], "y": [3]}}, [1, 3]),
        ("$[*].id", [{"id": 1}, {"id": 2}], [1, 2]),
        ("$[0:2].id", [{"id": 1}, {"id": 2}, {}], [1, 2]),
    ],
)
def test_a_path_selects_what_aws_documents(path, value, expected):
    assert parse(path).select(value) == expected


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("$[5]", ROW, "asks for position 5 of a record of 5"),
        ("$[0,-6]", ROW, "asks for position -6 of a record of 5"),
        ("$.name", OBJECT, "finds no 'name' in the record, which has: id, features, label"),
        ("$.name", ROW, "expects a JSON object and finds an array"),
        ("$[0]", OBJECT, "expects an array and finds a JSON object"),
        ("$.id[0]", OBJECT, "expects an array and finds the value 7"),
    ],
)
def test_what_a_record_does_not_have_is_an_error_that_says_so(path, value, reason):
    with pytest.raises(UserError) as caught:
        parse(path).select(value)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    "path", ["", "id", "$..id", "$[?(@.x)]", "$[1:4:2]", "$.", "$[", "$[-:]", "$['a']b", "$" + "[0]" * 21]
)
def test_what_batch_transform_does_not_support_is_refused(path):
    with pytest.raises(UserError, match="filter"):
        parse(path)
