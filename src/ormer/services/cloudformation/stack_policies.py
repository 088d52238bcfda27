"""Stack policies: which resources an update may touch; kept and answered.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
"""

from __future__ import annotations

from typing import Any

import msgspec

from ormer.services.cloudformation import template_texts
from ormer.services.cloudformation.refusals import invalid
from ormer.stores import resources
from ormer.stores.port import Call
from ormer.stores.stacks import stacks

JsonDict = dict[str, Any]
BYTES_MAX = 16_384


def set_stack_policy(call: Call, request: JsonDict) -> JsonDict:
    """Give a stack a policy.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_SetStackPolicy.html
    Differs: it is kept and answered; it forbids no update.
    """
    text = text_of(call, request)
    if text is None:
        raise invalid("Specify exactly one of StackPolicyBody and StackPolicyURL.")
    with call.write() as tx:
        row = stacks.find(tx, call.account, call.region, request["StackName"])
        if row is None:
            raise invalid(f"Stack [{request['StackName']}] does not exist")
        resources.save(tx, row, {}, now=call.now, facts={"policy": text}, touch=False)
    return {}


def get_stack_policy(call: Call, request: JsonDict) -> JsonDict:
    """Answer a stack's policy, nothing when it has none.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetStackPolicy.html
    """
    with call.read() as tx:
        row = stacks.find(tx, call.account, call.region, request["StackName"])
    if row is None:
        raise invalid(f"Stack [{request['StackName']}] does not exist")
    policy = row.facts.get("policy")
    return {"StackPolicyBody": policy} if policy else {}


def text_of(call: Call, request: JsonDict) -> str | None:
    """The policy of a request, None when it has none. Raises ValidationError for one that is no policy."""
    text = request.get("StackPolicyBody")
    if request.get("StackPolicyURL"):
        text = template_texts.read(call, request["StackPolicyURL"])
    if text is None:
        return None
    if len(text.encode(errors="replace")) > BYTES_MAX:
        raise invalid(f"Stack policy may not exceed {BYTES_MAX} bytes in size.")
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        document = None
    if not isinstance(document, dict) or not isinstance(document.get("Statement"), list | dict):
        raise invalid("Error validating stack policy: Invalid stack policy")
    return str(text)
