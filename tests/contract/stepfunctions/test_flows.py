"""States and the ways between them, as an execution's output and events show them."""

from __future__ import annotations

import json

import pytest

END = {"End": True}


def test_an_execution_goes_from_state_to_state_and_tells_of_each(sfn, machine, ended, kinds):
    arn = machine(
        {
            "First": {"Type": "Pass", "Result": {"b": 2}, "ResultPath": "$.made", "Next": "Which"},
            "Which": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.a", "NumericGreaterThan": 5, "Next": "Much"}],
                "Default": "Little",
            },
            "Much": {"Type": "Succeed"},
            "Little": {"Type": "Fail", "Error": "TooLittle", "Cause": "not enough"},
        }
    )
    much = sfn.start_execution(stateMachineArn=arn, name="much", input='{"a": 7}')["executionArn"]
    assert much == arn.replace(":stateMachine:", ":execution:") + ":much"
    found = ended(much)
    assert found["status"] == "SUCCEEDED" and json.loads(found["output"]) == {"a": 7, "made": {"b": 2}}
    assert kinds(much) == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ChoiceStateEntered",
        "ChoiceStateExited",
        "SucceedStateEntered",
        "SucceedStateExited",
        "ExecutionSucceeded",
    ]
    events = sfn.get_execution_history(executionArn=much)["events"]
    assert [event["previousEventId"] for event in events] == [0, 1, 2, 3, 4, 5, 6, 7]
    assert events[2]["stateExitedEventDetails"]["name"] == "First"
    little = ended(sfn.start_execution(stateMachineArn=arn, input='{"a": 1}')["executionArn"])
    assert (little["status"], little["error"], little["cause"]) == ("FAILED", "TooLittle", "not enough")


def test_data_are_cut_filled_selected_and_placed(outcome):
    states = {
        "Data": {
            "Type": "Pass",
            "InputPath": "$.inner",
            "Parameters": {
                "fixed": 1,
                "path.$": "$.list[1]",
                "all.$": "$.list[*]",
                "big.$": "$.things[?(@.size > 3)].name",
                "text.$": "States.Format('{} of {}', $.list[0], $$.State.Name)",
                "nested": [{"deep.$": "$.list"}],
            },
            "ResultPath": "$.out.here",
            "OutputPath": "$.out",
            "End": True,
        }
    }
    things = [{"name": "a", "size": 1}, {"name": "b", "size": 5}]
    found = outcome(states, {"inner": {"list": [1, 2], "things": things}, "kept": True})
    assert found == {
        "here": {"fixed": 1, "path": 2, "all": [1, 2], "big": ["b"], "text": "1 of Data", "nested": [{"deep": [1, 2]}]}
    }


def test_a_path_to_nothing_fails_the_execution_and_says_so(outcome):
    error, cause = outcome({"A": {"Type": "Pass", "InputPath": "$.nothing", "End": True}}, {"a": 1})
    assert error == "States.ParameterPathFailure" and "'$.nothing' could not be found in the input" in cause


def test_branches_run_side_by_side_and_their_outputs_come_in_order(sfn, machine, ended, kinds):
    arn = machine(
        {
            "Both": {
                "Type": "Parallel",
                "Branches": [
                    {
                        "StartAt": "Slow",
                        "States": {
                            "Slow": {"Type": "Wait", "Seconds": 1, "Next": "One"},
                            "One": {"Type": "Pass", "Result": 1, "End": True},
                        },
                    },
                    {"StartAt": "Two", "States": {"Two": {"Type": "Pass", "Result": 2, "End": True}}},
                ],
                "ResultSelector": {"found.$": "$"},
                "End": True,
            }
        }
    )
    execution = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    assert json.loads(ended(execution)["output"]) == {"found": [1, 2]}
    told = kinds(execution)
    assert told.index("ParallelStateStarted") < told.index("WaitStateEntered") < told.index("ParallelStateSucceeded")
    assert told[-3:] == ["ParallelStateSucceeded", "ParallelStateExited", "ExecutionSucceeded"]


def test_a_map_runs_its_states_for_every_item(outcome):
    states = {
        "Each": {
            "Type": "Map",
            "ItemsPath": "$.items",
            "MaxConcurrency": 2,
            "ItemSelector": {"item.$": "$$.Map.Item.Value", "at.$": "$$.Map.Item.Index", "of.$": "$.of"},
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": "Say",
                "States": {
                    "Say": {
                        "Type": "Pass",
                        "Parameters": {"said.$": "States.Format('{}{}{}', $.of, $.item, $.at)"},
                        "OutputPath": "$.said",
                        "End": True,
                    }
                },
            },
            "ResultPath": "$.said",
            "End": True,
        }
    }
    assert outcome(states, {"items": ["a", "b", "c"], "of": "x"})["said"] == ["xa0", "xb1", "xc2"]
    assert outcome(states, {"items": [], "of": "x"})["said"] == []


def test_a_failed_item_fails_the_map_and_a_catcher_takes_it(outcome):
    states = {
        "Each": {
            "Type": "Map",
            "Iterator": {"StartAt": "No", "States": {"No": {"Type": "Fail", "Error": "Mine", "Cause": "so"}}},
            "Catch": [{"ErrorEquals": ["Mine"], "ResultPath": "$.error", "Next": "Caught"}],
            "InputPath": "$.items",
            "End": True,
        },
        "Caught": {"Type": "Pass", "End": True},
    }
    found = outcome(states, {"items": [1, 2]})
    assert found == {"items": [1, 2], "error": {"Error": "Mine", "Cause": "so"}}


def test_variables_are_assigned_and_read_by_inner_states(outcome):
    states = {
        "Set": {"Type": "Pass", "Assign": {"x.$": "$.a"}, "Next": "In"},
        "In": {
            "Type": "Parallel",
            "Branches": [
                {
                    "StartAt": "Read",
                    "States": {"Read": {"Type": "Pass", "Parameters": {"x.$": "$x"}, "End": True}},
                }
            ],
            "Next": "After",
        },
        "After": {"Type": "Pass", "Parameters": {"kept.$": "$x", "inner.$": "$[0].x"}, "End": True},
    }
    assert outcome(states, {"a": 3}) == {"kept": 3, "inner": 3}


def test_jsonata_is_spoken_wherever_expressions_stand(outcome):
    states = {
        "Sum": {
            "Type": "Pass",
            "Assign": {"total": "{% $sum($states.input.prices) %}"},
            "Output": {"much": "{% $sum($states.input.prices) > 10 %}", "n": "{% $count($states.input.prices) %}"},
            "Next": "Which",
        },
        "Which": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input.much %}", "Next": "Told"}],
            "Default": "Wait",
        },
        "Wait": {"Type": "Wait", "Seconds": "{% 0 %}", "Next": "Told"},
        "Told": {"Type": "Pass", "Output": "{% {'total': $total, 'n': $states.input.n} %}", "End": True},
    }
    assert outcome(states, {"prices": [4, 9]}, QueryLanguage="JSONata") == {"total": 13, "n": 2}
    assert outcome(states, {"prices": [1]}, QueryLanguage="JSONata") == {"total": 1, "n": 1}
    error, cause = outcome(
        {"Bad": {"Type": "Pass", "Output": "{% $states.input.nothing.there %}", "End": True}},
        {"a": 1},
        QueryLanguage="JSONata",
    )
    assert error == "States.QueryEvaluationError" and "returned nothing" in cause


def test_a_machine_that_takes_too_long_is_timed_out(sfn, machine, ended):
    arn = machine({"Long": {"Type": "Wait", "Seconds": 600, "End": True}}, TimeoutSeconds=1)
    assert ended(sfn.start_execution(stateMachineArn=arn)["executionArn"])["status"] == "TIMED_OUT"


def test_waiting_until_a_time_that_is_past_is_no_waiting(outcome):
    states = {"Until": {"Type": "Wait", "TimestampPath": "$.at", "End": True}}
    assert outcome(states, {"at": "2020-01-01T00:00:00Z"}) == {"at": "2020-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("States.Array(1, 'a', $.x)", [1, "a", [3, 1, 3]]),
        ("States.ArrayPartition($.x, 2)", [[3, 1], [3]]),
        ("States.ArrayContains($.x, 1)", True),
        ("States.ArrayRange(1, 7, 3)", [1, 4, 7]),
        ("States.ArrayGetItem($.x, 1)", 1),
        ("States.ArrayLength($.x)", 3),
        ("States.ArrayUnique($.x)", [3, 1]),
        ("States.Base64Decode(States.Base64Encode('hé'))", "hé"),
        ("States.Hash('a', 'MD5')", "0cc175b9c0f1b6a831c399e269772661"),
        ("States.JsonMerge($.o, States.StringToJson('{\"b\": 2}'), false)", {"a": 1, "b": 2}),
        ("States.JsonToString($.o)", '{"a":1}'),
        ("States.MathAdd(2, -3)", -1),
        ("States.StringSplit('a.b,c', '.,')", ["a", "b", "c"]),
        ("States.Format('\\{{}\\} it\\'s', $.x[0])", "{3} it's"),
    ],
)
def test_intrinsic_functions_come_to_what_aws_says(outcome, text, value):
    states = {"F": {"Type": "Pass", "Parameters": {"v.$": text}, "OutputPath": "$.v", "End": True}}
    assert outcome(states, {"x": [3, 1, 3], "o": {"a": 1}}) == value
