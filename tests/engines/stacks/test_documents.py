"""Texts become plain values; faults name their line."""

from __future__ import annotations

import pytest

from ormer.engines.stacks.language import documents
from ormer.engines.stacks.language.faults import TemplateFault


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: !Ref X", {"Ref": "X"}),
        ("a: !GetAtt X.Arn", {"Fn::GetAtt": ["X", "Arn"]}),
        ("a: !GetAtt X.Outputs.Name", {"Fn::GetAtt": ["X", "Outputs.Name"]}),
        ("a: !GetAtt [X, Arn]", {"Fn::GetAtt": ["X", "Arn"]}),
        ("a: !Sub '${X}-y'", {"Fn::Sub": "${X}-y"}),
        ("a: !Sub ['${v}', {v: !Ref X}]", {"Fn::Sub": ["${v}", {"v": {"Ref": "X"}}]}),
        ("a: !Join ['-', [a, !Ref B]]", {"Fn::Join": ["-", ["a", {"Ref": "B"}]]}),
        ("a: !Select [0, !Split [',', 'x,y']]", {"Fn::Select": [0, {"Fn::Split": [",", "x,y"]}]}),
        ("a: !If [C, 1, !Ref AWS::NoValue]", {"Fn::If": ["C", 1, {"Ref": "AWS::NoValue"}]}),
        ("a: !Equals [!Ref A, b]", {"Fn::Equals": [{"Ref": "A"}, "b"]}),
        ("a: !Not [!Condition C]", {"Fn::Not": [{"Condition": "C"}]}),
        ("a: !And [!Condition C, !Condition D]", {"Fn::And": [{"Condition": "C"}, {"Condition": "D"}]}),
        ("a: !Or [!Condition C, !Condition D]", {"Fn::Or": [{"Condition": "C"}, {"Condition": "D"}]}),
        ("a: !FindInMap [M, !Ref T, s]", {"Fn::FindInMap": ["M", {"Ref": "T"}, "s"]}),
        ("a: !ImportValue x", {"Fn::ImportValue": "x"}),
        ("a: !Base64 x", {"Fn::Base64": "x"}),
        ("a: !Cidr [10.0.0.0/16, 2, 8]", {"Fn::Cidr": ["10.0.0.0/16", 2, 8]}),
        ("a: !GetAZs ''", {"Fn::GetAZs": ""}),
        ("a: 2010-09-09", "2010-09-09"),
        ("a: 0755", "0755"),
        ("a: 12:30", "12:30"),
        ("a: 012345678901", "012345678901"),
        ("a: 123456789012", 123456789012),
        ("a: 1.5", 1.5),
        ("a: true", True),
        ("a: 'true'", "true"),
        ("a: yes", True),
        ("a: .", "."),
        ("a: |\n  one\n  two\n", "one\ntwo\n"),
        ('{"a": {"Fn::Join": ["", ["x"]]}}', {"Fn::Join": ["", ["x"]]}),
        ('{"a": "\\ud83d\\ude00"}', "\U0001f600"),
    ],
)
def test_a_text_is_read_as_cloudformation_reads_it(text: str, value: object) -> None:
    assert documents.load(text) == {"a": value}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: 1\nb: 2\na: 3", r"duplicate key 'a' \(line 3, column 1\)"),
        ('{"a": 1,\n "b": {"c": 1,\n  "c": 2}}', r"duplicate key 'c' \(line 3, column 3\)"),
        ("a: [1", r"YAML not well-formed. \(line 2, column 1\)"),
        ("a:\n\t- x", r"YAML not well-formed. \(line 2, column 1\)"),
        ('{"a": }', r"JSON not well-formed. \(line 1, column 7\)"),
        ('{"a": NaN}', "JSON not well-formed"),
        ('{"a": "\\ud800"}', "JSON not well-formed"),
        ("a: !Foo x", r"unknown tag !Foo \(line 1, column 4\)"),
        ("a: &x 1\nb: *x", "YAML aliases are not allowed in CloudFormation templates"),
        ("a:\n  b: ~", r"\[/a/b\] 'null' values are not allowed in templates"),
        ('{"a": {"b": null}}', r"\[/a/b\] 'null' values are not allowed in templates"),
        ("- a", "unsupported structure"),
        ("", "unsupported structure"),
        ("a: 1\n---\nb: 2", "one YAML document"),
        ("? [a]\n: b", "must be a text"),
        ("a: " + "[" * 200 + "]" * 200, "nested more than 100 levels deep"),
        ('{"a": ' + "[" * 200 + "]" * 200 + "}", "nested more than 100 levels deep"),
        ('{"a": ' + "[" * 100_000, "not well-formed"),
        ("[" * 100_000, "not well-formed"),
        ("a: !!python/object/apply:os.system [x]", "unknown tag|unsupported|Unrecognized"),
    ],
)
def test_a_fault_says_what_and_where(text: str, fault: str) -> None:
    with pytest.raises(TemplateFault, match=fault):
        documents.load(text)
