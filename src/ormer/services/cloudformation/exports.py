"""Exported values and who imports them. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html"""

from __future__ import annotations

from typing import Any

from ormer.services.cloudformation import pages
from ormer.services.cloudformation.refusals import invalid
from ormer.stores.port import Call
from ormer.stores.stacks import exports

JsonDict = dict[str, Any]


def list_exports(call: Call, request: JsonDict) -> JsonDict:
    """Page through every exported value of the region.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListExports.html
    """
    with call.read() as tx:
        found = exports.listed(tx, call.account, call.region)
    page, more = pages.sliced(found, request)
    return {"Exports": page, **more}


def list_imports(call: Call, request: JsonDict) -> JsonDict:
    """Page through the names of the stacks that import a value.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListImports.html
    Errors: ValidationError when nobody does.
    """
    name = request["ExportName"]
    with call.read() as tx:
        known = exports.value(tx, call.account, call.region, name) is not None
        users = exports.importers(tx, call.account, call.region, name)
    if not known:
        raise invalid(f"Export '{name}' does not exist.")
    if not users:
        raise invalid(f"Export '{name}' is not imported by any stack.")
    page, more = pages.sliced(sorted(arn.split("/")[1] for arn in users), request)
    return {"Imports": page, **more}
