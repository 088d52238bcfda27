"""What tasks ask: functions, operations, other executions, activities, and whoever holds a token."""

from __future__ import annotations

import json
import time

import pytest

DOUBLING = "def handler(event, context):\n    return {'twice': 2 * event['n']}\n"
FAILING = "class Sour(Exception): pass\ndef handler(event, context):\n    raise Sour('no milk')\n"


def test_a_function_is_asked_by_its_arn_and_its_answer_is_the_result(sfn, machine, ended, function, kinds):
    arn = machine({"Twice": {"Type": "Task", "Resource": function(DOUBLING), "ResultPath": "$.r", "End": True}})
    execution = sfn.start_execution(stateMachineArn=arn, input='{"n": 4}')["executionArn"]
    assert json.loads(ended(execution)["output"]) == {"n": 4, "r": {"twice": 8}}
    assert kinds(execution) == [
        "ExecutionStarted",
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]


def test_lambda_invoke_answers_a_payload_and_errors_are_named_by_their_type(outcome, function):
    invoke = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}
    found = outcome(
        {
            "Ask": {
                **invoke,
                "Parameters": {"FunctionName": function(DOUBLING), "Payload": {"n.$": "$.n"}},
                "ResultSelector": {"twice.$": "$.Payload.twice", "code.$": "$.StatusCode"},
            }
        },
        {"n": 3},
    )
    assert found == {"twice": 6, "code": 200}
    caught = outcome(
        {
            "Ask": {
                **invoke,
                "Parameters": {"FunctionName": function(FAILING), "Payload": {}},
                "Catch": [
                    {"ErrorEquals": ["Bitter"], "Next": "Wrong"},
                    {"ErrorEquals": ["Sour"], "ResultPath": "$.why", "Next": "Right"},
                ],
            },
            "Wrong": {"Type": "Fail"},
            "Right": {"Type": "Pass", "End": True},
        },
        {"kept": 1},
    )
    assert caught["kept"] == 1 and caught["why"]["Error"] == "Sour"
    assert json.loads(caught["why"]["Cause"])["errorMessage"] == "no milk"


def test_a_failed_task_is_tried_again_as_often_as_it_says(sfn, machine, ended, function, kinds):
    arn = machine(
        {
            "Try": {
                "Type": "Task",
                "Resource": function(FAILING),
                "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}],
                "End": True,
            }
        }
    )
    execution = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    assert ended(execution)["error"] == "Sour"
    told = kinds(execution)
    assert told.count("LambdaFunctionFailed") == 2 and told.count("TaskStateEntered") == 1
    assert told[-1] == "ExecutionFailed"


def test_operations_of_the_sdk_are_called_as_the_role_in_capitals(outcome, shared_server):
    bucket = "called-by-a-machine"
    shared_server.client("s3").create_bucket(Bucket=bucket)
    task = {"Type": "Task", "End": True}
    put = {
        "Put": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
            "Parameters": {"Bucket": bucket, "Key": "k", "Body": {"a.$": "$.a"}},
            "ResultPath": None,
            "Next": "Get",
        },
        "Get": {
            **task,
            "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
            "Parameters": {"Bucket": bucket, "Key": "k"},
            "OutputPath": "$.Body",
        },
    }
    assert outcome(put, {"a": 5}) == '{"a":5}'
    error, cause = outcome(
        {
            "Get": {
                **task,
                "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
                "Parameters": {"Bucket": bucket, "Key": "none"},
            }
        }
    )
    assert error == "S3.NoSuchKeyException" and "Status Code: 404" in cause
    error, cause = outcome(
        {
            "Make": {
                **task,
                "Resource": "arn:aws:states:::sagemaker:createEndpoint",
                "Parameters": {"EndpointName": "e", "EndpointConfigName": "none"},
            }
        }
    )
    assert error == "SageMaker.AmazonSageMakerException" and "none" in cause


def test_events_and_messages_are_sent_with_objects_as_their_text(outcome, shared_server):
    topic = shared_server.client("sns").create_topic(Name="told-by-a-machine")["TopicArn"]
    logs, events = shared_server.client("logs"), shared_server.client("events")
    logs.create_log_group(logGroupName="/aws/events/machines")
    events.put_rule(Name="machines", EventPattern='{"source": ["my.machine"]}')
    group = f"arn:aws:logs:us-east-1:{shared_server.config.account}:log-group:/aws/events/machines"
    events.put_targets(Rule="machines", Targets=[{"Id": "log", "Arn": group}])
    found = outcome(
        {
            "Tell": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sns:publish",
                "Parameters": {"TopicArn": topic, "Message": {"said.$": "$.word"}},
                "ResultSelector": {"id.$": "$.MessageId"},
                "ResultPath": "$.sns",
                "Next": "Put",
            },
            "Put": {
                "Type": "Task",
                "Resource": "arn:aws:states:::events:putEvents",
                "Parameters": {
                    "Entries": [{"Source": "my.machine", "DetailType": "Word", "Detail": {"said.$": "$.word"}}]
                },
                "ResultPath": "$.events",
                "End": True,
            },
        },
        {"word": "hello"},
    )
    assert found["sns"]["id"] and found["events"]["FailedEntryCount"] == 0
    deadline = time.monotonic() + 30
    while not (lines := logs.filter_log_events(logGroupName="/aws/events/machines")["events"]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert json.loads(lines[0]["message"])["detail"] == {"said": "hello"}


def test_an_execution_waits_for_another_and_takes_its_output(outcome, machine):
    inner = machine({"Add": {"Type": "Pass", "Result": [1], "ResultPath": "$.made", "End": True}})
    start = {"Type": "Task", "End": True, "Parameters": {"StateMachineArn": inner, "Input": {"a.$": "$.a"}}}
    found = outcome({"Run": {**start, "Resource": "arn:aws:states:::states:startExecution.sync:2"}}, {"a": 1})
    assert found["Status"] == "SUCCEEDED" and found["Output"] == {"a": 1, "made": [1]}
    found = outcome({"Run": {**start, "Resource": "arn:aws:states:::states:startExecution.sync"}}, {"a": 1})
    assert json.loads(found["Output"]) == {"a": 1, "made": [1]}
    failing = machine({"No": {"Type": "Fail", "Error": "Mine"}})
    run = {**start, "Resource": "arn:aws:states:::states:startExecution.sync:2"}
    error, cause = outcome({"Run": {**run, "Parameters": {"StateMachineArn": failing}}})
    assert error == "States.TaskFailed" and json.loads(cause)["Error"] == "Mine"


PROCESSING = {
    "RoleArn": "",
    "AppSpecification": {
        "ImageUri": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
    },
    "ProcessingResources": {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.t3.medium", "VolumeSizeInGB": 1}},
}


def processing(role: str, name: str, code: str) -> dict:
    specification = {**PROCESSING["AppSpecification"], "ContainerEntrypoint": ["python3", "-c", code]}
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sagemaker:createProcessingJob.sync",
        "Parameters": {**PROCESSING, "RoleArn": role, "ProcessingJobName": name, "AppSpecification": specification},
    }


def test_a_job_is_waited_for_and_its_description_is_the_result(outcome, role):
    found = outcome({"Job": {**processing(role, "machine-job", "print(1)"), "End": True}})
    assert (found["ProcessingJobStatus"], found["ProcessingJobName"]) == ("Completed", "machine-job")
    assert found["ProcessingEndTime"] > 1_000_000_000_000
    states = {
        "Job": {
            **processing(role, "machine-job-fails", "raise SystemExit(3)"),
            "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"}],
            "End": True,
        },
        "Caught": {"Type": "Pass", "End": True},
    }
    caught = outcome(states)
    assert caught["Error"] == "States.TaskFailed"
    assert json.loads(caught["Cause"])["ProcessingJobStatus"] == "Failed"


def test_a_stopped_execution_stops_the_job_it_waits_for(sfn, machine, role, shared_server):
    sagemaker = shared_server.client("sagemaker")
    arn = machine({"Job": {**processing(role, "machine-job-long", "import time; time.sleep(600)"), "End": True}})
    execution = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    deadline = time.monotonic() + 60
    while not sagemaker.list_processing_jobs(NameContains="machine-job-long")["ProcessingJobSummaries"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    sfn.stop_execution(executionArn=execution)
    while (
        status := sagemaker.describe_processing_job(ProcessingJobName="machine-job-long")["ProcessingJobStatus"]
    ) != "Stopped":
        assert time.monotonic() < deadline, status
        time.sleep(0.05)


def waiting(sfn, execution: str) -> str:
    """The token that an execution waits for, as its task was given it."""
    deadline = time.monotonic() + 30
    while True:
        for event in sfn.get_execution_history(executionArn=execution)["events"]:
            if event["type"] == "TaskScheduled":
                return str(json.loads(event["taskScheduledEventDetails"]["parameters"])["Message"]["token"])
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_who_holds_the_token_says_how_a_task_ended(sfn, machine, ended, shared_server):
    topic = shared_server.client("sns").create_topic(Name="tokens")["TopicArn"]
    arn = machine(
        {
            "Ask": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sns:publish.waitForTaskToken",
                "Parameters": {"TopicArn": topic, "Message": {"token.$": "$$.Task.Token"}},
                "HeartbeatSeconds": 600,
                "End": True,
            }
        }
    )
    good = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    token = waiting(sfn, good)
    sfn.send_task_heartbeat(taskToken=token)
    sfn.send_task_success(taskToken=token, output='{"yes": true}')
    assert json.loads(ended(good)["output"]) == {"yes": True}
    with pytest.raises(sfn.exceptions.TaskTimedOut):
        sfn.send_task_success(taskToken=token, output="{}")
    bad = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    sfn.send_task_failure(taskToken=waiting(sfn, bad), error="Refused", cause="not today")
    assert (ended(bad)["error"], ended(bad)["cause"]) == ("Refused", "not today")


def test_a_task_that_takes_too_long_is_timed_out(outcome, shared_server):
    topic = shared_server.client("sns").create_topic(Name="late")["TopicArn"]
    ask = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sns:publish.waitForTaskToken",
        "Parameters": {"TopicArn": topic, "Message.$": "$$.Task.Token"},
        "End": True,
    }
    assert outcome({"Ask": {**ask, "TimeoutSeconds": 1}})[0] == "States.Timeout"
    caught = {"Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Late"}]}
    states = {"Ask": {**ask, "HeartbeatSeconds": 1, **caught}, "Late": {"Type": "Pass", "End": True}}
    assert outcome(states)["Error"] == "States.HeartbeatTimeout"


def test_a_worker_takes_an_activitys_tasks(sfn, machine, ended, kinds):
    activity = sfn.create_activity(name="peeling")["activityArn"]
    arn = machine({"Peel": {"Type": "Task", "Resource": activity, "End": True}})
    execution = sfn.start_execution(stateMachineArn=arn, input='{"potatoes": 3}')["executionArn"]
    task = sfn.get_activity_task(activityArn=activity, workerName="anna")
    assert json.loads(task["input"]) == {"potatoes": 3}
    sfn.send_task_success(taskToken=task["taskToken"], output='"peeled"')
    assert json.loads(ended(execution)["output"]) == "peeled"
    told = kinds(execution)
    assert told[2:5] == ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]
    assert sfn.describe_activity(activityArn=activity)["name"] == "peeling"
    assert activity in [one["activityArn"] for one in sfn.list_activities()["activities"]]
    sfn.delete_activity(activityArn=activity)
    with pytest.raises(sfn.exceptions.ActivityDoesNotExist):
        sfn.describe_activity(activityArn=activity)
