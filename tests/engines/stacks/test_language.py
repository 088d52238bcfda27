"""Templates, their functions, parameters and rules, with the texts CloudFormation answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ormer.engines.stacks.language import parameters, references, rules, templates
from ormer.engines.stacks.language.faults import TemplateFault
from ormer.engines.stacks.language.functions import Scope
from ormer.engines.stacks.language.values import NO_VALUE

JsonDict = dict[str, Any]
R = {"A": {"Type": "AWS::S3::Bucket"}}
OWN = {"AWS::Region": "eu-west-1", "AWS::AccountId": "111122223333", "AWS::StackName": "s"}


def scope(values: JsonDict | None = None, **sections: Any) -> Scope:
    """A scope whose resources answer with their own names."""
    template = templates.parse(json.dumps({"Resources": R, **sections}))
    return Scope(
        template,
        values or {},
        OWN,
        ref=lambda name: f"ref:{name}",
        attribute=lambda name, attribute: f"{name}:{attribute}",
        exported=lambda name: f"export:{name}",
    )


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ({"Ref": "P"}, "p"),
        ({"Ref": "A"}, "ref:A"),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "L"}, ["x", "y"]),
        ({"Fn::GetAtt": ["A", "Arn"]}, "A:Arn"),
        ({"Fn::GetAtt": "A.Arn"}, "A:Arn"),
        ({"Fn::GetAtt": ["A", "Outputs", "X"]}, "A:Outputs.X"),
        ({"Fn::Sub": "${P}-${A}-${A.Arn}-${AWS::AccountId}-${!P}"}, "p-ref:A-A:Arn-111122223333-${P}"),
        ({"Fn::Sub": ["${v}${P}", {"v": {"Ref": "A"}}]}, "ref:Ap"),
        ({"Fn::Sub": "$x {y} $"}, "$x {y} $"),
        ({"Fn::Join": [",", ["a", 1, True, {"Ref": "P"}]]}, "a,1,true,p"),
        ({"Fn::Join": ["-", {"Ref": "L"}]}, "x-y"),
        ({"Fn::Join": ["-", ["a", {"Ref": "AWS::NoValue"}]]}, "a"),
        ({"Fn::Split": ["/", "a/b/c"]}, ["a", "b", "c"]),
        ({"Fn::Select": ["1", {"Fn::Split": ["/", "a/b"]}]}, "b"),
        ({"Fn::FindInMap": ["M", {"Ref": "P"}, "k"]}, [1, 2]),
        ({"Fn::Base64": "hello"}, "aGVsbG8="),
        ({"Fn::Cidr": ["10.0.0.0/24", 3, 5]}, ["10.0.0.0/27", "10.0.0.32/27", "10.0.0.64/27"]),
        ({"Fn::GetAZs": ""}, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]),
        ({"Fn::ImportValue": {"Fn::Sub": "${P}-x"}}, "export:p-x"),
        ({"Fn::If": ["Yes", "a", "b"]}, "a"),
        ({"Fn::If": ["No", {"Ref": "Nowhere"}, "b"]}, "b"),
        ({"x": {"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}, "y": 2}, {"y": 2}),
        ([{"Ref": "AWS::NoValue"}, 1], [1]),
        ({"Condition": {"StringEquals": {"a": "b"}}}, {"Condition": {"StringEquals": {"a": "b"}}}),
        ({"a": 1, "Ref": "P"}, {"a": 1, "Ref": "P"}),
    ],
)
def test_functions_give_their_values(value: Any, result: Any) -> None:
    conditions = {
        "Yes": {"Fn::And": [{"Fn::Equals": ["1", 1]}, {"Fn::Not": [{"Condition": "No"}]}]},
        "No": {"Fn::Or": [{"Fn::Equals": ["a", "b"]}, {"Fn::Equals": [{"Ref": "P"}, "q"]}]},
    }
    found = scope({"P": "p", "L": ["x", "y"]}, Conditions=conditions, Mappings={"M": {"p": {"k": [1, 2]}}})
    assert found.resolve(value) == result


def test_no_value_is_no_value_at_all() -> None:
    assert scope().resolve({"Ref": "AWS::NoValue"}) is NO_VALUE


def test_language_extensions_are_there_when_they_are_declared() -> None:
    found = scope(Transform="AWS::LanguageExtensions", Mappings={})
    assert found.resolve({"Fn::ToJsonString": {"a": {"Ref": "A"}}}) == '{"a":"ref:A"}'
    assert found.resolve({"Fn::Length": [1, 2]}) == 2
    assert found.resolve({"Fn::FindInMap": ["M", "a", "b", {"DefaultValue": "d"}]}) == "d"
    with pytest.raises(TemplateFault, match="LanguageExtensions"):
        scope().resolve({"Fn::Length": [1]})


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ({"Fn::FindInMap": ["M", "x", "y"]}, "Unable to get mapping for M::x::y"),
        ({"Fn::Select": [3, ["a"]]}, "Fn::Select cannot select nonexistent value at index 3"),
        ({"Fn::Select": [-1, ["a"]]}, "non-negative"),
        ({"Fn::Join": ["-"]}, "Fn::Join"),
        ({"Fn::Sub": 3}, "don't specify expected arguments"),
        ({"Fn::GetAtt": "A"}, "two non-empty parameters"),
        ({"Fn::If": ["Nope", 1, 2]}, "Unresolved condition dependency Nope"),
        ({"Fn::Nope": 1}, "Fn::Nope is not a function"),
        ({"Fn::Cidr": ["10.0.0.0/24", 300, 2]}, "do not fit"),
        ({"Fn::Transform": {"Name": "AWS::Include"}}, "no macros"),
        ({"Fn::If": ["Round", 1, 2]}, "circular condition dependency"),
    ],
)
def test_functions_say_what_is_wrong(value: Any, fault: str) -> None:
    conditions = {"Round": {"Fn::Not": [{"Condition": "Trip"}]}, "Trip": {"Fn::Not": [{"Condition": "Round"}]}}
    with pytest.raises(TemplateFault, match=fault):
        scope(Conditions=conditions).resolve(value)


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ({"Resources": {}}, "At least one Resources member must be defined"),
        ({"Resources": R, "Foo": 1}, r"Invalid template property or properties \[Foo\]"),
        ({"Resources": {"a-b": {"Type": "X"}}}, "Resource name a-b is non alphanumeric"),
        ({"Resources": {"A": {}}}, "Every Resources object must contain a Type member"),
        ({"Resources": {"A": {"Type": "X", "Foo": 1}}}, "Invalid template resource property 'Foo'"),
        ({"Resources": {"A": {"Type": "X", "DeletionPolicy": "Maybe"}}}, "Unrecognized DeletionPolicy Maybe"),
        ({"Resources": {"A": {"Type": "X", "DependsOn": 1}}}, "DependsOn"),
        ({"Resources": R, "AWSTemplateFormatVersion": "2011-01-01"}, "Unsupported template format version"),
        ({"Resources": R, "Parameters": {"P": {}}}, "Every Parameters object must contain a Type member"),
        ({"Resources": R, "Parameters": {"P": {"Type": "Text"}}}, "Unrecognized parameter type: Text"),
        ({"Resources": R, "Outputs": {"O": {}}}, "must contain a Value"),
        ({"Resources": R, "Transform": "AWS::CodeStar"}, "no macros"),
        ({"Resources": {f"A{n}": R["A"] for n in range(501)}}, "501, is greater than maximum allowed, 500"),
        (
            {"Resources": {"A": {"Type": "X", "Properties": {"p": {"Ref": "B"}}}}},
            r"Unresolved resource dependencies \[B\] in the Resources block of the template",
        ),
        (
            {"Resources": {"A": {"Type": "X", "DependsOn": "B"}}},
            r"Unresolved resource dependencies \[B\] in the Resources block of the template",
        ),
        (
            {"Resources": {"A": {"Type": "X", "Properties": {"p": {"Fn::Sub": "${B}"}}}}},
            r"Unresolved resource dependencies \[B\] in the Resources block of the template",
        ),
        (
            {"Resources": {"A": {"Type": "X", "Properties": {"p": {"Fn::GetAtt": ["B", "c"]}}}}},
            "instance of Fn::GetAtt references undefined resource B",
        ),
        (
            {"Resources": R, "Outputs": {"O": {"Value": {"Ref": "B"}}}},
            r"Unresolved resource dependencies \[B\] in the Outputs block of the template",
        ),
        (
            {"Resources": R, "Conditions": {"C": {"Fn::Equals": [{"Ref": "A"}, "x"]}}},
            r"Unresolved dependencies \[A\]. Cannot reference resources in the Conditions block",
        ),
        (
            {"Resources": {"A": {"Type": "X", "Condition": "C"}}},
            "Unresolved condition dependency C in the Resources block of the template",
        ),
        (
            {
                "Resources": {
                    "A": {"Type": "X", "Properties": {"p": {"Ref": "B"}}},
                    "B": {"Type": "X", "DependsOn": "A"},
                    "C": {"Type": "X", "DependsOn": "A"},
                    "D": {"Type": "X"},
                }
            },
            r"^Circular dependency between resources: \[A, B\]$",
        ),
        ({"Resources": {"A": {"Type": "X", "Properties": {"p": {"Ref": "A"}}}}}, r"Circular .* \[A\]"),
        ({"Resources": R, "Parameters": {"A": {"Type": "String"}}}, "Duplicate logical id"),
    ],
)
def test_a_template_says_what_is_wrong_with_it(template: JsonDict, fault: str) -> None:
    with pytest.raises(TemplateFault, match=fault):
        references.check(templates.parse(json.dumps(template)))


def test_what_a_condition_leaves_out_cannot_be_referred_to_where_it_counts() -> None:
    resources = {
        "A": {"Type": "X", "Condition": "C"},
        "B": {"Type": "X", "Properties": {"p": {"Fn::If": ["C", {"Ref": "A"}, "none"]}}, "DependsOn": "A"},
    }
    sections = {"Resources": resources, "Conditions": {"C": {"Fn::Equals": [1, 2]}}}
    found = scope(**sections)
    references.check_active(found.template, found)
    assert references.needs(found.template.resources["B"], found.template) == ("A",)
    assert references.needs(found.template.resources["B"], found.template, found) == ()
    resources["B"]["Properties"] = {"p": {"Ref": "A"}}
    found = scope(**sections)
    with pytest.raises(TemplateFault, match=r"Unresolved resource dependencies \[A\]"):
        references.check_active(found.template, found)


def given(**texts: str) -> list[JsonDict]:
    return [{"ParameterKey": name, "ParameterValue": text} for name, text in texts.items()]


@pytest.mark.parametrize(
    ("declared", "text", "fault"),
    [
        ({"Type": "String", "MinLength": 3}, "ab", "Parameter 'P' must contain at least 3 characters"),
        ({"Type": "String", "MaxLength": "2"}, "abc", "Parameter 'P' must contain at most 2 characters"),
        ({"Type": "String", "AllowedPattern": "[a-z]+"}, "aB", r"Parameter 'P' must match pattern \[a-z\]\+"),
        ({"Type": "String", "AllowedValues": [True, False]}, "maybe", "Parameter 'P' must be one of AllowedValues"),
        ({"Type": "Number", "MinValue": 1}, "0", "Parameter 'P' must be a number not less than 1"),
        ({"Type": "Number", "MaxValue": 1.5}, "2", "Parameter 'P' must be a number not greater than 1.5"),
        ({"Type": "Number"}, "x", "parameter value x for parameter name P is not a number"),
        ({"Type": "Number", "MinValue": 0}, "nan", "not less than 0"),
        ({"Type": "List<Number>"}, "1,x", "not a number"),
        ({"Type": "CommaDelimitedList", "AllowedValues": ["a"]}, "a, b", "one of AllowedValues"),
        (
            {"Type": "String", "AllowedPattern": "a", "ConstraintDescription": "only a"},
            "b",
            "Parameter 'P' failed to satisfy constraint: only a",
        ),
        ({"Type": "String", "AllowedPattern": "("}, "b", "not a regular expression"),
        ({"Type": "String", "AllowedPattern": "(x+x+)+y"}, "x" * 60, "takes too long|must match"),
    ],
)
def test_a_parameters_constraints_hold(declared: JsonDict, text: str, fault: str) -> None:
    template = templates.parse(json.dumps({"Resources": R, "Parameters": {"P": declared}}))
    with pytest.raises(TemplateFault, match=fault):
        parameters.values(template, given(P=text))


def test_parameters_take_given_values_then_earlier_ones_then_defaults() -> None:
    declared = {
        "Given": {"Type": "String", "Default": "d"},
        "Kept": {"Type": "CommaDelimitedList", "Default": "d"},
        "Default": {"Type": "Number", "Default": 1},
    }
    template = templates.parse(json.dumps({"Resources": R, "Parameters": declared}))
    asked = [*given(Given="g"), {"ParameterKey": "Kept", "UsePreviousValue": True}]
    texts = parameters.values(template, asked, {"Kept": "a, b"})
    assert texts == {"Given": "g", "Kept": "a, b", "Default": "1"}
    assert parameters.read(template, texts) == {"Given": "g", "Kept": ["a", "b"], "Default": "1"}
    with pytest.raises(TemplateFault, match=r"Parameters: \[X\] do not exist in the template"):
        parameters.values(template, given(X="x"))
    bare = templates.parse(json.dumps({"Resources": R, "Parameters": {"P": {"Type": "String"}}}))
    with pytest.raises(TemplateFault, match=r"Parameters: \[P\] must have values"):
        parameters.values(bare, [])


def test_rules_assert_before_anything_is_made() -> None:
    rule = {
        "RuleCondition": {"Fn::Equals": [{"Ref": "Env"}, "prod"]},
        "Assertions": [
            {"Assert": {"Fn::Contains": [["big"], {"Ref": "Size"}]}, "AssertDescription": "prod needs big"},
            {"Assert": {"Fn::EachMemberIn": [{"Ref": "Zones"}, ["a", "b"]]}},
            {"Assert": {"Fn::Not": [{"Fn::EachMemberEquals": [{"Ref": "Zones"}, "a"]}]}},
        ],
    }
    values = {"Env": "prod", "Size": "big", "Zones": ["a", "b"]}
    rules.check(scope(values, Rules={"R": rule}))
    rules.check(scope({**values, "Env": "dev", "Size": "small"}, Rules={"R": rule}))
    with pytest.raises(TemplateFault, match="Rule R: prod needs big"):
        rules.check(scope({**values, "Size": "small"}, Rules={"R": rule}))
    with pytest.raises(TemplateFault, match="Rule R: an assertion does not hold"):
        rules.check(scope({**values, "Zones": ["a", "c"]}, Rules={"R": rule}))
