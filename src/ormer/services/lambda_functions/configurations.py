"""What a function's configuration may be, and what it is when nothing is said.

https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from ormer.aws import arns, function_runtimes, policies
from ormer.services.lambda_functions.refusals import invalid
from ormer.stores import resources
from ormer.stores.port import Call

JsonDict = dict[str, Any]
SERVICE = "lambda.amazonaws.com"
DEFAULTS: JsonDict = {
    "Description": "",
    "Timeout": 3,
    "MemorySize": 128,
    "PackageType": "Zip",
    "Architectures": ["x86_64"],
    "TracingConfig": {"Mode": "PassThrough"},
    "EphemeralStorage": {"Size": 512},
    "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
}
# Members that a request sets; all others are Lambda's own.
GIVEN = (
    "Description",
    "Timeout",
    "MemorySize",
    "Role",
    "Handler",
    "Runtime",
    "Environment",
    "Architectures",
    "TracingConfig",
    "EphemeralStorage",
    "DeadLetterConfig",
    "KMSKeyArn",
    "VpcConfig",
    "LoggingConfig",
)
REFUSED = {
    "FileSystemConfigs": "File systems are not mounted here.",
    "CodeSigningConfigArn": "Code signing is not answered here.",
    "ImageConfig": "Functions of container images are not run here: give a zip.",
    "CapacityProviderConfig": "Capacity providers are not answered here.",
    "DurableConfig": "Durable functions are not answered here.",
    "TenancyConfig": "Tenant isolation is not answered here.",
}
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
RESERVED_NAMES = (
    "_HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME "
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE "
    "AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_ACCESS_KEY AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY "
    "AWS_SESSION_TOKEN AWS_LAMBDA_RUNTIME_API LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR"
)
RESERVED = frozenset(RESERVED_NAMES.split())
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
VARIABLES_BYTES_MAX = 4096


def given(call: Call, request: JsonDict) -> JsonDict:
    """The members a request sets, checked. Raises InvalidParameterValueException."""
    for member, text in REFUSED.items():
        if request.get(member):
            raise invalid(text)
    found = {name: request[name] for name in GIVEN if name in request}
    if "Runtime" in found and not function_runtimes.ANSWERED.fullmatch(found["Runtime"]):
        raise invalid(
            f"The runtime {found['Runtime']} is not run here: functions are in Python or in Node.js, "
            f"{function_runtimes.ANSWERED_WORDS}."
        )
    if "Role" in found:
        check_role(call, found["Role"], request["FunctionName"])
    _check_variables(found.get("Environment", {}).get("Variables", {}))
    return found


def check_role(call: Call, arn: str, function: str) -> None:
    """Raise unless the role is there and trusts Lambda on behalf of the function of this name or ARN."""
    row = None
    if arns.is_arn(arn) and arns.parse(arn).account == call.account:
        with call.read() as tx:
            row = resources.get(tx, arn)
    trust = json.loads(row.document["AssumeRolePolicyDocument"]) if row is not None and row.kind == "Role" else {}
    name = function.rpartition("function:")[2].partition(":")[0].rpartition("/")[2]
    about = arns.arn("lambda", call.region, call.account, f"function:{name}")
    if not policies.trusts(trust, [SERVICE], {"aws:SourceAccount": call.account, "aws:SourceArn": about}):
        raise invalid("The role defined for the function cannot be assumed by Lambda.")


def stamped(call: Call) -> JsonDict:
    """The members that every change sets anew."""
    moment = datetime.fromtimestamp(call.now, UTC)
    return {
        "LastModified": f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000",
        "LastUpdateStatus": "Successful",
        "RevisionId": str(uuid.uuid4()),
    }


def _check_variables(variables: JsonDict) -> None:
    reserved = sorted(RESERVED & set(variables))
    if reserved:
        raise invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
    if len(json.dumps(variables).encode()) > VARIABLES_BYTES_MAX:
        raise invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            f"provided exceeded the {VARIABLES_BYTES_MAX // 1024}KB limit."
        )
