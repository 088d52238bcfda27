"""Functions, their versions and their aliases as rows: what a name and a qualifier mean.

A function's document is its $LATEST configuration in Lambda's words; a version has a copy. Facts: `code`, the hash of
its zip; of the function also `versions` (the last number given), `policies` and `invoke` ({qualifier: …} each).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ormer.aws.function_names import LATEST, FunctionName, is_version
from ormer.stores import resources
from ormer.stores.database import Tx
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
FUNCTION, VERSION, ALIAS = "Function", "FunctionVersion", "FunctionAlias"
SERVICE = "lambda"


@dataclass(frozen=True)
class Target:
    """What is invoked. function: its row. configuration: the row whose document and code run. version: as Lambda
    names it, $LATEST or a number. qualifier: as it was asked for.
    """

    function: Row
    configuration: Row
    version: str
    qualifier: str

    @property
    def arn(self) -> str:
        """The ARN that was invoked, with its qualifier."""
        return f"{self.function.arn}:{self.qualifier}" if self.qualifier else self.function.arn


def find(tx: Tx, account: str, region: str, name: str) -> Row | None:
    """A function by its name, or None."""
    return resources.find(tx, account, region, SERVICE, FUNCTION, name)


def version_of(tx: Tx, function: Row, number: str) -> Row | None:
    """A published version of a function, or None."""
    return resources.find(tx, function.account, function.region, SERVICE, VERSION, number, function.arn)


def alias_of(tx: Tx, function: Row, name: str) -> Row | None:
    """An alias of a function, or None."""
    return resources.find(tx, function.account, function.region, SERVICE, ALIAS, name, function.arn)


def target(tx: Tx, account: str, region: str, asked: FunctionName) -> Target | None:
    """What an asked name means; None when there is no such function, version or alias."""
    function = find(tx, asked.account or account, asked.region or region, asked.name)
    if function is None:
        return None
    if asked.qualifier in ("", LATEST):
        return Target(function, function, LATEST, asked.qualifier)
    number = asked.qualifier
    if not is_version(number):
        alias = alias_of(tx, function, number)
        if alias is None:
            return None
        number = str(alias.document["FunctionVersion"])
    if number == LATEST:
        return Target(function, function, LATEST, asked.qualifier)
    configuration = version_of(tx, function, number)
    return None if configuration is None else Target(function, configuration, number, asked.qualifier)


def invoke_config(function: Row, qualifier: str) -> JsonDict:
    """How often an asynchronous invocation of this qualifier is tried, and where its outcome goes; {} by default."""
    found: JsonDict = function.facts.get("invoke", {}).get(qualifier or LATEST, {})
    return found
