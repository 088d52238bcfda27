"""Functions in Node.js run: modules of both kinds, promises and callbacks, errors in AWS's shape, logs, the SDK."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import zipped

ANSWER = "exports.handler = async (event) => event;\n"


@pytest.fixture
def node(function) -> Callable[..., str]:
    """Create a function in Node.js of the text of its index.js, or of `files`. Returns its name."""

    def create(text: str = "", files: dict[str, str] | None = None, **more: Any) -> str:
        code = {"ZipFile": zipped(files or {"index.js": text})}
        return function("", Code=code, **{"Runtime": "nodejs22.x", "Timeout": 30, **more})

    return create


def test_a_function_answers_what_its_handler_returns(node, functions):
    name = node("exports.handler = async (event) => ({ twice: event.number * 2 });\n")
    answer = functions.invoke(FunctionName=name, Payload=json.dumps({"number": 21}))
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in answer
    assert json.loads(answer["Payload"].read()) == {"twice": 42}


def test_an_error_has_lambdas_shape_and_stands_in_the_log(node, functions, lines):
    name = node("exports.handler = async () => { throw new TypeError('boom'); };\n")
    answer = functions.invoke(FunctionName=name)
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    payload = json.loads(answer["Payload"].read())
    assert (payload["errorType"], payload["errorMessage"]) == ("TypeError", "boom")
    assert payload["trace"][0] == "TypeError: boom"
    assert "/var/task/index.js:1:" in payload["trace"][1]
    (line,) = [line for line in lines(name) if "Invoke Error" in line]
    assert "\tERROR\tInvoke Error \t" in line and '"errorType":"TypeError"' in line


@pytest.mark.parametrize(
    ("text", "handler", "kind", "message"),
    [
        ("require('nowhere');\n", "index.handler", "Runtime.ImportModuleError", "Cannot find module 'nowhere'"),
        (ANSWER, "other.handler", "Runtime.ImportModuleError", "Cannot find module '/var/task/other'"),
        (ANSWER, "index.nobody", "Runtime.HandlerNotFound", "index.nobody is undefined or not exported"),
        (ANSWER, "handler", "Runtime.MalformedHandlerName", "Bad handler 'handler'"),
        ("exports.handler = (\n", "index.handler", "Runtime.UserCodeSyntaxError", "SyntaxError"),
        (
            "exports.handler = async () => ({ big: 1n });\n",
            "index.handler",
            "Error",
            "Unable to stringify response body",
        ),
        ("exports.handler = async () => process.exit(3);\n", "index.handler", "Runtime.ExitError", "exit status 3"),
        ("exports.handler = async () => process.abort();\n", "index.handler", "Runtime.ExitError", "signal: 6"),
        (
            "exports.handler = (event, context, callback) => {\n"
            "  Promise.reject(new Error('lost'));\n"
            "  setTimeout(callback, 5000);\n"
            "};\n",
            "index.handler",
            "Runtime.UnhandledPromiseRejection",
            "Error: lost",
        ),
        (
            "exports.handler = (event, context, callback) => {\n"
            "  setTimeout(() => { throw new RangeError('late'); }, 1);\n"
            "};\n",
            "index.handler",
            "RangeError",
            "late",
        ),
        (
            "exports.handler = awslambda.streamifyResponse(async () => {});\n",
            "index.handler",
            "Runtime.StreamingNotSupported",
            "not streamed here",
        ),
    ],
)
def test_what_cannot_run_says_why_in_lambdas_words(node, ask, text, handler, kind, message):
    payload = ask(node(text, Handler=handler))
    assert payload["errorType"] == kind
    assert message in payload["errorMessage"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("exports.handler = (event, context, callback) => setTimeout(() => callback(null, 'late'), 5);\n", "late"),
        ("exports.handler = (event, context) => context.succeed('succeeded');\n", "succeeded"),
        ("exports.handler = (event, context) => { context.done(null, 'done'); };\n", "done"),
        (
            "exports.handler = (event, context, callback) => {\n"
            "  context.callbackWaitsForEmptyEventLoop = false;\n"
            "  setInterval(() => {}, 1000);\n"
            "  callback(null, 'at once');\n"
            "};\n",
            "at once",
        ),
        ("exports.handler = (event, context, callback) => {};\n", None),
        ("exports.handler = async () => {};\n", None),
        ("exports.handler = (event, context, callback) => callback('refused');\n", ("string", "refused")),
        ("exports.handler = (event, context) => context.fail(new Error('failed'));\n", ("Error", "failed")),
    ],
)
def test_a_handler_may_answer_by_its_callback_or_its_context(node, ask, text, answer):
    found = ask(node(text))
    assert ((found["errorType"], found["errorMessage"]) if isinstance(answer, tuple) else found) == answer


@pytest.mark.parametrize(
    ("files", "handler"),
    [
        ({"index.mjs": "export const handler = async () => 'said';\n"}, "index.handler"),
        ({"index.cjs": "exports.handler = async () => 'said';\n"}, "index.handler"),
        (
            {"package.json": '{"type": "module"}', "src/app/main.js": "export const handler = async () => 'said';\n"},
            "src/app/main.handler",
        ),
        ({"index.js": "exports.outer = { inner: async () => 'said' };\n"}, "index.outer.inner"),
        ({"index.mjs": "export default { handler: async () => 'said' };\n"}, "index.handler"),
        (
            {"index.mjs": "const word = await Promise.resolve('said');\nexport const handler = async () => word;\n"},
            "index.handler",
        ),
    ],
)
def test_modules_of_both_kinds_are_loaded_wherever_the_handler_says(node, ask, files, handler):
    assert ask(node(files=files, Handler=handler)) == "said"


@pytest.mark.parametrize(
    "body", ["await new Promise(() => setInterval(() => {}, 1000));", "for (;;);"], ids=["waiting", "busy"]
)
def test_a_function_that_takes_too_long_is_ended(node, functions, lines, body):
    name = node(f"exports.handler = async () => {{ {body} }};\n", Timeout=1)
    answer = functions.invoke(FunctionName=name)
    payload = json.loads(answer["Payload"].read())
    assert answer["FunctionError"] == "Unhandled"
    assert payload["errorType"] == "Sandbox.Timedout"
    assert payload["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert any("Task timed out after 1.00 seconds" in line for line in lines(name))


def test_a_function_that_needs_more_memory_than_it_has_is_ended(node, functions):
    text = "exports.handler = async () => { const all = []; for (;;) all.push(new Array(1e5).fill({})); };\n"
    answer = functions.invoke(FunctionName=node(text))
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read())["errorType"] in ("Runtime.ExitError", "Runtime.OutOfMemory")


def test_a_function_knows_itself_and_acts_as_its_role_with_the_sdk(node, ask, lines):
    text = """
const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts');

exports.handler = async (event, context) => {
  console.log('hello from %s', context.functionName, { number: 1 });
  console.warn('two\\nlines');
  const left = context.getRemainingTimeInMillis();
  const { S3 } = await import('@aws-sdk/client-s3');
  const s3 = new S3({});
  await s3.createBucket({ Bucket: event.bucket });
  await s3.putObject({ Bucket: event.bucket, Key: 'folder/word', Body: 'said' });
  const object = await s3.getObject({ Bucket: event.bucket, Key: 'folder/word' });
  return {
    context: [context.functionName, context.functionVersion, context.memoryLimitInMB, context.invokedFunctionArn],
    left: left > 0 && left <= 30000,
    caller: (await new STSClient({}).send(new GetCallerIdentityCommand({}))).Arn,
    own: process.env.OWN,
    word: await object.Body.transformToString(),
    folder: process.cwd(),
  };
};
"""
    name = node(text, MemorySize=256, Environment={"Variables": {"OWN": "mine"}})
    found = ask(name, {"bucket": f"{name}-bucket"})
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    assert found["context"] == [name, "$LATEST", "256", arn]
    assert (found["left"], found["own"], found["word"], found["folder"]) == (True, "mine", "said", "/var/task")
    assert found["caller"] == f"arn:aws:sts::123456789012:assumed-role/AmazonSageMakerProjectsLambdaRole/{name}"
    said = lines(name)
    assert said[0].startswith("START RequestId: ") and said[0].endswith("Version: $LATEST")
    assert any(line.endswith(f"\tINFO\thello from {name} {{ number: 1 }}") for line in said)
    assert any(line.endswith("\tWARN\ttwo\rlines") for line in said)
    assert any(line.startswith("REPORT RequestId: ") for line in said)


def test_both_kinds_of_modules_find_their_own_packages_before_the_sdk(node, ask):
    package = {
        "node_modules/@aws-sdk/client-s3/package.json": '{"name": "@aws-sdk/client-s3", "main": "index.js"}',
        "node_modules/@aws-sdk/client-s3/index.js": "exports.S3 = 'own';\n",
    }
    required = "exports.handler = async () => require('@aws-sdk/client-s3').S3;\n"
    imported = "import { S3 } from '@aws-sdk/client-s3';\nexport const handler = async () => S3;\n"
    assert ask(node(files={"index.js": required, **package})) == "own"
    assert ask(node(files={"index.mjs": imported, **package})) == "own"


def test_hosts_of_aws_that_a_program_names_itself_lead_to_this_server(node, ask):
    text = """
import https from 'node:https';

export const handler = () => new Promise((resolve, reject) => {
  https.get('https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity', (response) => {
    response.resume();
    resolve(response.statusCode);
  }).on('error', reject);
});
"""
    assert ask(node(files={"index.mjs": text})) == 403


def test_runtimes_are_the_nearest_nodes_there_are_and_the_newest_has_no_callbacks(node, ask):
    text = "exports.handler = async () => process.version;\n"
    assert ask(node(text, Runtime="nodejs18.x")).startswith("v20.")
    assert ask(node(text, Runtime="nodejs24.x")).startswith("v24.")
    old = ask(node("exports.handler = (event, context, callback) => callback();\n", Runtime="nodejs24.x"))
    assert old["errorType"] == "Runtime.CallbackHandlerDeprecated"
