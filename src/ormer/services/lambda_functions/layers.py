"""Layers: zips that functions find below /opt, each version of them as it was published."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ormer.aws import arns
from ormer.aws.clock import iso
from ormer.services.lambda_functions import uploads
from ormer.services.lambda_functions.refusals import invalid, not_found
from ormer.stores import nouns, resources
from ormer.stores.functions.functions import SERVICE
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
LAYER, VERSION = "Layer", "LayerVersion"
PAGE_MAX = 50
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LAYERS_MAX = 5
VERSION_ARN = re.compile(r"(?P<layer>arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:layer:[A-Za-z0-9_-]+):(?P<number>[0-9]+)")
KEPT = ("Description", "CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo")


@dataclass(frozen=True)
class Stacked:
    """The layers that a request gives a function. words: its member of the configuration, {} where none is given.
    digests: the names of the zips, the first below the others.
    """

    words: JsonDict = field(default_factory=dict)
    digests: list[str] = field(default_factory=list)


def publish_layer_version(call: Call, request: JsonDict) -> JsonDict:
    """Keep a zip as the layer's next version. https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html

    Errors: InvalidParameterValueException.
    """
    arn = _layer_arn(call, request["LayerName"])
    code = uploads.kept(call, request["Content"])
    with call.write() as tx:
        layer = resources.get(tx, arn) or resources.create(
            tx, arn=arn, kind=LAYER, name=_name_of(arn), document={}, facts={"versions": 0}, now=call.now, event=False
        )
        assert layer is not None, "a layer that is not there is made"
        number = layer.facts["versions"] + 1
        resources.save(tx, layer, {}, now=call.now, facts={"versions": number})
        row = resources.create(
            tx,
            arn=f"{arn}:{number}",
            kind=VERSION,
            name=str(number),
            parent=arn,
            document={
                **{name: request[name] for name in KEPT if name in request},
                "Content": {"CodeSha256": code.sha256, "CodeSize": code.size},
                "LayerArn": arn,
                "LayerVersionArn": f"{arn}:{number}",
                "CreatedDate": iso(call.now),
                "Version": number,
            },
            facts={"code": code.digest},
            now=call.now,
            event=False,
        )
        assert row is not None, "the number was never given before"
    return row.document


def get_layer_version(call: Call, request: JsonDict) -> JsonDict:
    """Answer a version of a layer. https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersion.html

    Errors: ResourceNotFoundException.
    """
    return _version(call, f"{_layer_arn(call, request['LayerName'])}:{request['VersionNumber']}").document


def get_layer_version_by_arn(call: Call, request: JsonDict) -> JsonDict:
    """Answer a version of a layer. https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionByArn.html

    Errors: ResourceNotFoundException.
    """
    return _version(call, request["Arn"]).document


def list_layers(call: Call, request: JsonDict) -> JsonDict:
    """Layers with the newest version of each. https://docs.aws.amazon.com/lambda/latest/api/API_ListLayers.html"""
    c = table.c
    with call.read() as tx:
        found = resources.select(
            tx, c.kind == LAYER, c.account == call.account, c.region == call.region, c.service == SERVICE
        )
        newest = [(row, _newest_first(resources.select(tx, c.kind == VERSION, c.parent == row.arn))) for row in found]
    shown = [
        {"LayerName": row.name, "LayerArn": row.arn, "LatestMatchingVersion": versions[0].document}
        for row, versions in newest
        if versions
    ]
    return _page(shown, "Layers", request)


def list_layer_versions(call: Call, request: JsonDict) -> JsonDict:
    """A layer's versions, the newest first. https://docs.aws.amazon.com/lambda/latest/api/API_ListLayerVersions.html"""
    c = table.c
    with call.read() as tx:
        found = resources.select(tx, c.kind == VERSION, c.parent == _layer_arn(call, request["LayerName"]))
    return _page([row.document for row in _newest_first(found)], "LayerVersions", request)


def delete_layer_version(call: Call, request: JsonDict) -> JsonDict:
    """Take a version from the list; functions that have it keep it.

    https://docs.aws.amazon.com/lambda/latest/api/API_DeleteLayerVersion.html
    """
    with call.write() as tx:
        resources.delete(tx, f"{_layer_arn(call, request['LayerName'])}:{request['VersionNumber']}")
    return {}


def stacked(call: Call, request: JsonDict) -> Stacked:
    """The layers that a function is given. Raises InvalidParameterValueException for one that is not here."""
    if "Layers" not in request:
        return Stacked()
    named = request["Layers"] or []
    if len(named) > LAYERS_MAX:
        raise invalid(f"Cannot reference more than {LAYERS_MAX} layers.")
    with call.read() as tx:
        rows = [resources.get(tx, arn) for arn in named]
    missing = [arn for arn, row in zip(named, rows, strict=True) if not _is_ours(call, row)]
    if missing:
        raise invalid(
            f"Layer version {missing[0]} does not exist. Layers of other accounts, AWS's own among them, are not here: "
            "publish what is in it by PublishLayerVersion, and name that."
        )
    found = [row for row in rows if row is not None]
    words = [{"Arn": row.arn, "CodeSize": row.document["Content"]["CodeSize"]} for row in found]
    return Stacked({"Layers": words}, [row.facts["code"] for row in found])


def _is_ours(call: Call, row: Row | None) -> bool:
    return row is not None and row.kind == VERSION and (row.account, row.region) == (call.account, call.region)


def _version(call: Call, arn: str) -> Row:
    with call.read() as tx:
        row = resources.get(tx, arn) if VERSION_ARN.fullmatch(arn) else None
    if row is None or not _is_ours(call, row):
        raise not_found("The resource you requested does not exist.")
    return row


def _newest_first(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: -int(row.name))


def _layer_arn(call: Call, name: str) -> str:
    own = arns.arn(SERVICE, call.region, call.account, f"layer:{name.rpartition(':')[2]}")
    if arns.is_arn(name) and name != own:
        raise not_found(f"There is no layer {name}: layers of other accounts and regions are not here.")
    return own


def _name_of(arn: str) -> str:
    return arn.rpartition(":")[2]


def _page(shown: list[JsonDict], member: str, request: JsonDict) -> JsonDict:
    length = min(int(request.get("MaxItems") or PAGE_MAX), PAGE_MAX)
    found, following = nouns.page_of(shown, request.get("Marker"), length)
    return {member: list(found), **({"NextMarker": following} if following else {})}
