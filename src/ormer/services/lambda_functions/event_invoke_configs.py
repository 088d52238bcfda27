"""How asynchronous invocations are tried again, and where word of their end goes.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.function_names import LATEST
from ormer.services.lambda_functions import naming
from ormer.services.lambda_functions.refusals import not_found
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.functions import functions
from ormer.stores.functions.functions import Target
from ormer.stores.port import Call

JsonDict = dict[str, Any]
MEMBERS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")


def put_function_event_invoke_config(call: Call, request: JsonDict) -> JsonDict:
    """Set all of it anew. https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html

    Differs: destinations are functions, topics, queues and event buses. Errors: ResourceNotFoundException.
    """
    with call.write() as tx:
        found = naming.target(call, request)
        return _save(call, tx, found, _given(request))


def update_function_event_invoke_config(call: Call, request: JsonDict) -> JsonDict:
    """Change the members that are given. https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionEventInvokeConfig.html

    Errors: ResourceNotFoundException.
    """
    with call.write() as tx:
        found = naming.target(call, request)
        return _save(call, tx, found, {**_kept(found), **_given(request)})


def get_function_event_invoke_config(call: Call, request: JsonDict) -> JsonDict:
    """What was set. https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionEventInvokeConfig.html

    Errors: ResourceNotFoundException, also when nothing was set.
    """
    found = naming.target(call, request)
    return _shown(found, _kept(found))


def list_function_event_invoke_configs(call: Call, request: JsonDict) -> JsonDict:
    """What was set for any qualifier. https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionEventInvokeConfigs.html

    Errors: ResourceNotFoundException.
    """
    function = naming.function(call, request)
    kept: JsonDict = function.facts.get("invoke", {})
    shown = [_shown(Target(function, function, each, each), config) for each, config in sorted(kept.items())]
    return {"FunctionEventInvokeConfigs": shown}


def delete_function_event_invoke_config(call: Call, request: JsonDict) -> JsonDict:
    """Forget what was set. https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionEventInvokeConfig.html

    Errors: ResourceNotFoundException, also when nothing was set.
    """
    with call.write() as tx:
        found = naming.target(call, request)
        _kept(found)
        rest = {key: value for key, value in found.function.facts["invoke"].items() if key != _qualifier(found)}
        resources.save(tx, found.function, {}, now=call.now, facts={"invoke": rest}, touch=False)
    return {}


def _given(request: JsonDict) -> JsonDict:
    return {name: request[name] for name in MEMBERS if name in request}


def _qualifier(found: Target) -> str:
    return found.qualifier or LATEST


def _kept(found: Target) -> JsonDict:
    config = functions.invoke_config(found.function, found.qualifier)
    if not config:
        arn = f"{found.function.arn}:{_qualifier(found)}"
        raise not_found(f"The function {arn} doesn't have an EventInvokeConfig")
    return config


def _save(call: Call, tx: Tx, found: Target, config: JsonDict) -> JsonDict:
    kept = {**config, "LastModified": call.now}
    configs = {**found.function.facts.get("invoke", {}), _qualifier(found): kept}
    resources.save(tx, found.function, {}, now=call.now, facts={"invoke": configs}, touch=False)
    return _shown(found, kept)


def _shown(found: Target, config: JsonDict) -> JsonDict:
    return {"DestinationConfig": {"OnSuccess": {}, "OnFailure": {}}, **config, "FunctionArn": _arn(found)}


def _arn(found: Target) -> str:
    return f"{found.function.arn}:{_qualifier(found)}"
