"""Lineage's entities: artifacts (data, models, images), actions (what was done) and contexts (what it belongs to)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ormer.aws import arns
from ormer.services.sagemaker.lineage_records import artifact_for
from ormer.stores import properties, resources
from ormer.stores.nouns import Noun
from ormer.stores.port import Call, Operation
from ormer.stores.resources import Row
from ormer.stores.tables import associations
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
MISSING = ("ResourceNotFound", "{kind} '{name}' does not exist.")
TAKEN = ("ValidationException", "{kind} names must be unique within an AWS account. {kind} {name} already exists.")

ACTION = Noun("Action", name="ActionName", arn="action/{name}", missing=MISSING, taken=TAKEN)
CONTEXT = Noun("Context", name="ContextName", arn="context/{name}", missing=MISSING, taken=TAKEN)
ARTIFACT = Noun("Artifact", name="ArtifactArn", arn="artifact/{name}", missing=MISSING, taken=TAKEN)


def create_artifact(call: Call, request: JsonDict) -> JsonDict:
    """Make an artifact, or answer the one of the same source and type. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateArtifact.html

    Differs: an artifact that is there already is answered, not refused; properties given again are merged.
    """
    source = request["Source"]
    kind, name = request["ArtifactType"], request.get("ArtifactName", "")
    with call.write() as tx:
        arn = artifact_for(tx, call, source["SourceUri"], kind, name, request.get("Properties"))
        row = ARTIFACT.get(call, arn)
        document = row.document
        given: JsonDict = {
            "Source": {
                **document["Source"],
                **({"SourceTypes": source["SourceTypes"]} if source.get("SourceTypes") else {}),
            },
            "Properties": {**document["Properties"], **request.get("Properties", {})},
            "MetadataProperties": request.get("MetadataProperties", document.get("MetadataProperties")),
        }
        change = {member: value for member, value in given.items() if value != document.get(member)}
        if change:
            ARTIFACT.save(call, row, change)
    return {"ArtifactArn": arn}


def list_artifacts(call: Call, request: JsonDict) -> JsonDict:
    """Page through artifacts, of a source URI or a type. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListArtifacts.html"""
    rows, more = ARTIFACT.rows(call, request, *_narrowed(request, "ArtifactType"))
    return {"ArtifactSummaries": [row.document for row in rows], **more}


def list_contexts(call: Call, request: JsonDict) -> JsonDict:
    """Page through contexts, of a source URI or a type. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListContexts.html"""
    rows, more = CONTEXT.rows(call, request, *_narrowed(request, "ContextType"))
    return {"ContextSummaries": [row.document for row in rows], **more}


def list_actions(call: Call, request: JsonDict) -> JsonDict:
    """Page through actions, of a source URI or a type. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListActions.html"""
    rows, more = ACTION.rows(call, request, *_narrowed(request, "ActionType"))
    return {"ActionSummaries": [row.document for row in rows], **more}


def delete_artifact(call: Call, request: JsonDict) -> JsonDict:
    """Delete an artifact by ARN or by source, with its edges. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteArtifact.html"""
    with call.write():
        if request.get("ArtifactArn"):
            row = ARTIFACT.get(call, request["ArtifactArn"])
        else:
            source = request.get("Source", {}).get("SourceUri", "")
            rows, _ = ARTIFACT.rows(call, {"MaxResults": 1}, *_narrowed({"SourceUri": source}, "ArtifactType"))
            if not rows:
                raise ARTIFACT.not_found(call, source)
            row = rows[0]
        _remove(call, ARTIFACT, row)
    return {"ArtifactArn": row.arn}


def _creator(noun: Noun) -> Operation:
    def create(call: Call, request: JsonDict) -> JsonDict:
        return {noun.member: noun.create(call, request).arn}

    create.__doc__ = (
        f"Make a {noun.kind}. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Create{noun.kind}.html"
    )
    return create


def _updater(noun: Noun) -> Operation:
    def update(call: Call, request: JsonDict) -> JsonDict:
        with call.write():
            row = noun.get(call, request[noun.name])
            change = {key: request[key] for key in (f"{noun.kind}Name", "Description", "Status") if key in request}
            if "Properties" in request or "PropertiesToRemove" in request:
                kept = {**(row.document.get("Properties") or {}), **request.get("Properties", {})}
                for name in request.get("PropertiesToRemove", ()):
                    kept.pop(name, None)
                change["Properties"] = kept
            noun.save(call, row, change)
        return {noun.member: row.arn}

    update.__doc__ = (
        f"Change a {noun.kind}'s words and properties. "
        f"https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Update{noun.kind}.html"
    )
    return update


def _deleter(noun: Noun) -> Operation:
    def delete(call: Call, request: JsonDict) -> JsonDict:
        with call.write():
            row = noun.get(call, request[noun.name])
            _remove(call, noun, row)
        return {noun.member: row.arn}

    delete.__doc__ = (
        f"Delete a {noun.kind} with its edges. "
        f"https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Delete{noun.kind}.html"
    )
    return delete


create_action, create_context = _creator(ACTION), _creator(CONTEXT)
update_action, update_context, update_artifact = _updater(ACTION), _updater(CONTEXT), _updater(ARTIFACT)
delete_action, delete_context = _deleter(ACTION), _deleter(CONTEXT)
(describe_action,) = ACTION.crud("describe")
(describe_context,) = CONTEXT.crud("describe")
(describe_artifact,) = ARTIFACT.crud("describe")


def entity_of(call: Call, arn: str) -> Row | None:
    """The caller's lineage entity of this ARN, whatever its kind."""
    with call.read() as tx:
        row = resources.get(tx, arn) if arns.is_arn(arn) else None
    return row if row is not None and row.account == call.account else None


def _remove(call: Call, noun: Noun, row: Row) -> None:
    with call.write() as tx:
        c = associations.c
        tx.execute(sa.delete(associations).where(sa.or_(c.source == row.arn, c.destination == row.arn)))
        noun.remove(call, row)


def _narrowed(request: JsonDict, type_member: str) -> list[sa.ColumnElement[bool]]:
    """Conditions for SourceUri and the type."""
    where: list[sa.ColumnElement[bool]] = []
    if request.get("SourceUri"):
        where.append(table.c.arn.in_(properties.having("Source.SourceUri", request["SourceUri"])))
    if request.get(type_member):
        where.append(table.c.arn.in_(properties.having(type_member, request[type_member])))
    return where
