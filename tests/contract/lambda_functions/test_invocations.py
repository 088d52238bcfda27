"""Functions run: their answers, their errors, their logs, what they may know and do."""

from __future__ import annotations

import base64
import json

import pytest
from botocore.exceptions import ClientError

from ormer.stores import resources
from ormer.stores.tables import resources as table

from .conftest import zipped

ANSWER = "def handler(event, context):\n    return event\n"


def test_a_function_answers_what_its_handler_returns(function, functions):
    name = function("def handler(event, context):\n    return {'twice': event['number'] * 2}\n")
    answer = functions.invoke(FunctionName=name, Payload=json.dumps({"number": 21}), LogType="Tail")
    assert answer["StatusCode"] == 200
    assert "FunctionError" not in answer
    assert answer["ExecutedVersion"] == "$LATEST"
    assert json.loads(answer["Payload"].read()) == {"twice": 42}
    tail = base64.b64decode(answer["LogResult"]).decode()
    assert "START RequestId" in tail and "REPORT RequestId" in tail


def test_an_error_has_lambdas_shape_and_stands_in_the_log(function, functions, lines):
    name = function("def handler(event, context):\n    raise ValueError('boom')\n")
    answer = functions.invoke(FunctionName=name)
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    payload = json.loads(answer["Payload"].read())
    assert (payload["errorType"], payload["errorMessage"]) == ("ValueError", "boom")
    (frame,) = payload["stackTrace"]
    assert 'File "/var/task/index.py", line 2, in handler' in frame
    assert "[ERROR] ValueError: boom" in lines(name)


@pytest.mark.parametrize(
    ("text", "handler", "kind", "message"),
    [
        ("import nowhere\n", "index.handler", "Runtime.ImportModuleError", "No module named 'nowhere'"),
        (ANSWER, "index.nobody", "Runtime.HandlerNotFound", "Handler 'nobody' missing on module 'index'"),
        (ANSWER, "handler", "Runtime.MalformedHandlerName", "Bad handler 'handler'"),
        ("def handler(:\n", "index.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'index'"),
        (
            "def handler(event, context):\n    return object()\n",
            "index.handler",
            "Runtime.MarshalError",
            "not JSON serializable",
        ),
        (
            "import sys\ndef handler(event, context):\n    sys.exit(3)\n",
            "index.handler",
            "Runtime.ExitError",
            "status 3",
        ),
        (
            "import os\ndef handler(event, context):\n    os._exit(4)\n",
            "index.handler",
            "Runtime.ExitError",
            "status 4",
        ),
    ],
)
def test_what_cannot_run_says_why_in_lambdas_words(function, ask, text, handler, kind, message):
    payload = ask(function(text, Handler=handler))
    assert payload["errorType"] == kind
    assert message in payload["errorMessage"]


def test_a_function_that_takes_too_long_is_ended(function, functions, lines):
    name = function("import time\ndef handler(event, context):\n    time.sleep(600)\n", Timeout=1)
    answer = functions.invoke(FunctionName=name)
    payload = json.loads(answer["Payload"].read())
    assert answer["FunctionError"] == "Unhandled"
    assert payload["errorType"] == "Sandbox.Timedout"
    assert payload["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert any("Task timed out after 1.00 seconds" in line for line in lines(name))


def test_a_function_knows_itself_and_acts_as_its_role(function, ask):
    text = """
import boto3, logging, os
logging.getLogger().setLevel("INFO")

def handler(event, context):
    logging.info("hello from %s", context.function_name)
    context_words = [context.function_name, context.function_version, context.memory_limit_in_mb,
                     context.invoked_function_arn, context.log_group_name]
    return {
        "context": context_words,
        "left": 0 < context.get_remaining_time_in_millis() <= 30000,
        "caller": boto3.client("sts").get_caller_identity()["Arn"],
        "own": os.environ["OWN"],
        "names": [os.environ["AWS_LAMBDA_FUNCTION_NAME"], os.environ["AWS_REGION"], os.getcwd()],
        "file": open("data/words.txt").read(),
    }
"""
    code = {"ZipFile": zipped({"app/main.py": text, "app/__init__.py": "", "data/words.txt": "words"})}
    name = function("", Code=code, Handler="app/main.handler", Timeout=30, Environment={"Variables": {"OWN": "mine"}})
    found = ask(name)
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    assert found["context"] == [name, "$LATEST", "128", arn, f"/aws/lambda/{name}"]
    assert found["left"] is True
    assert found["caller"] == f"arn:aws:sts::123456789012:assumed-role/AmazonSageMakerProjectsLambdaRole/{name}"
    assert (found["own"], found["file"]) == ("mine", "words")
    assert found["names"] == [name, "us-east-1", "/var/task"]


def test_a_functions_log_has_its_own_words_and_lambdas(function, ask, lines):
    text = "import logging\ndef handler(event, context):\n    print('said')\n    logging.warning('warned')\n"
    name = function(text)
    ask(name)
    found = lines(name)
    assert found[0].startswith("START RequestId: ") and found[0].endswith("Version: $LATEST")
    assert "said" in found
    assert any(line.startswith("[WARNING]\t") and line.endswith("\twarned") for line in found)
    assert found[-2].startswith("END RequestId: ") and found[-1].startswith("REPORT RequestId: ")


def test_a_function_cannot_change_its_code_nor_see_the_homes_files(function, ask, shared_server):
    home = shared_server.config.home
    text = f"""
import os
def handler(event, context):
    try:
        open("/var/task/index.py", "w")
        written = True
    except OSError:
        written = False
    open("/tmp/own", "w").write("x")
    return [written, os.path.exists({str(home / "ormer.db")!r})]
"""
    assert ask(function(text)) == [False, False]


def test_an_event_invocation_runs_by_itself(function, functions, lines, eventually):
    name = function("def handler(event, context):\n    print('asked with', event['who'])\n")
    answer = functions.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps({"who": "Ada"}))
    assert answer["StatusCode"] == 202
    assert eventually(lambda: "asked with Ada" in lines(name))


def test_a_dry_run_only_asks_whether_one_may(function, functions, lines):
    name = function(ANSWER)
    assert functions.invoke(FunctionName=name, InvocationType="DryRun")["StatusCode"] == 204
    assert lines(name) == []


def test_a_function_asks_another_and_a_caller_needs_leave(function, functions, ask, shared_server):
    inner = function("def handler(event, context):\n    return event + 1\n")
    text = f"""
import boto3, json
def handler(event, context):
    return json.load(boto3.client("lambda").invoke(FunctionName={inner!r}, Payload=json.dumps(event))["Payload"]) * 10
"""
    assert ask(function(text, Timeout=60), 1) == 20
    iam = shared_server.client("iam")
    iam.create_user(UserName="nobody-here")
    key = iam.create_access_key(UserName="nobody-here")["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    with pytest.raises(ClientError, match="not authorized to perform: lambda:InvokeFunction"):
        shared_server.client("lambda", **keys).invoke(FunctionName=inner)


def test_requests_that_cannot_be_meant_are_refused(function, functions):
    name = function(ANSWER)
    with pytest.raises(ClientError) as error:
        functions.invoke(FunctionName=name, Payload=b"{broken")
    assert error.value.response["Error"]["Code"] == "InvalidRequestContentException"
    with pytest.raises(functions.exceptions.ResourceNotFoundException, match="function:nobody-knows"):
        functions.invoke(FunctionName="nobody-knows")


def test_a_failed_event_is_tried_twice_more_and_then_told_of(timed, runtimes, eventually):
    """Its pauses are the calendar's; the last failure goes to the destination for failures."""
    (timed.server.config.home / "runtimes").symlink_to(runtimes)
    client, logs = timed.client("lambda"), timed.client("logs")
    role = "arn:aws:iam::123456789012:role/service-role/AmazonSageMakerProjectsLambdaRole"
    common = {"Runtime": "python3.11", "Role": role, "Handler": "index.handler"}

    def make(name: str, text: str) -> str:
        code = {"ZipFile": zipped({"index.py": text})}
        return client.create_function(FunctionName=name, Code=code, **common)["FunctionArn"]

    heard = make("heard", "import json\ndef handler(event, context):\n    print(json.dumps(event))\n")
    make("broken", "def handler(event, context):\n    raise KeyError(event)\n")
    destinations = {"OnFailure": {"Destination": heard}}
    client.put_function_event_invoke_config(FunctionName="broken", DestinationConfig=destinations)

    def said(group: str, word: str) -> list[str]:
        found = logs.filter_log_events(logGroupName=f"/aws/lambda/{group}", filterPattern=word)
        return [one["message"] for one in found["events"]]

    def attempt() -> int:
        """The number of the attempt that is due or under way."""
        with timed.stores.database.read() as tx:
            (row,) = resources.select(tx, table.c.kind == "FunctionInvocation", table.c.parent.endswith(":broken"))
        return row.facts["attempt"]

    client.invoke(FunctionName="broken", InvocationType="Event", Payload=b'"x"')
    eventually(lambda: attempt() == 2)
    assert len(said("broken", "START")) == 1
    timed.minutes(1)
    eventually(lambda: attempt() == 3)
    timed.minutes(2)
    eventually(lambda: len(said("broken", "START")) == 3)
    record = json.loads(eventually(lambda: _quiet(lambda: said("heard", "requestContext")))[0])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["requestPayload"] == "x"
    assert record["responsePayload"]["errorType"] == "KeyError"


def _quiet(what):
    try:
        return what()
    except ClientError:
        return None
