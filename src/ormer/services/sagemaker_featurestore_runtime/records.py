"""Single records: put, got, changed, deleted, listed.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Feature_Store_Runtime.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ormer.aws import feature_values as values
from ormer.aws.errors import AwsError
from ormer.stores.database import Tx
from ormer.stores.features import records
from ormer.stores.features.groups import CREATED, KIND, OFFLINE, ONLINE, Group
from ormer.stores.features.records import Record
from ormer.stores.nouns import Noun, decode_place, encode_place
from ormer.stores.port import Call

JsonDict = dict[str, Any]
GROUP = Noun(
    KIND,
    name="FeatureGroupName",
    arn="feature-group/{name}",
    lower_arn=True,
    missing=("ResourceNotFound", "Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name {name}"),
)
PAGE = 100


def put_record(call: Call, request: JsonDict) -> None:
    """Ingest a record. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_PutRecord.html

    Online a record counts unless a later one is there; offline all are appended, within seconds.
    Errors: ResourceNotFound for a group that is not there; ValidationError for a record that does not fit.
    """
    group = group_of(call, request["FeatureGroupName"])
    write = checked(call, group, request)
    call.stores.database.write_together(write)


def checked(call: Call, group: Group, entry: JsonDict) -> Callable[[Tx], None]:
    """What writes one record of a PutRecord or a BatchWriteRecord. ValidationError for one that does not fit."""
    identifier, event_time = group.check(entry["Record"])
    stores = group.stores(entry.get("TargetStores"))
    ttl = values.ttl_seconds(entry.get("TtlDuration"))
    if ttl is None:
        ttl = group.ttl_seconds
    record, now = entry["Record"], call.now

    def write(tx: Tx) -> None:
        if ONLINE in stores:
            records.put_online(tx, group, identifier, event_time, record, now=now, ttl_seconds=ttl)
        if OFFLINE in stores:
            records.queue_offline(tx, group, event_time, record, now=now)

    return write


def get_record(call: Call, request: JsonDict) -> JsonDict:
    """Answer the newest record of an identifier, nothing when there is none.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_GetRecord.html
    Errors: ResourceNotFound for a group that is not there; ValidationError for one without an online store, and for
    features that it has not.
    """
    group = online_group(call, request["FeatureGroupName"])
    wanted = checked_names(group, request.get("FeatureNames"))
    with call.read() as tx:
        found = records.find(tx, group, request["RecordIdentifierValueAsString"], call.now)
    return {} if found is None else shown(found, wanted, request.get("ExpirationTimeResponse"))


def update_record(call: Call, request: JsonDict) -> None:
    """Change some features of the record that is there. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_UpdateRecord.html

    Its event time stays unless a later one is given.
    Errors: ResourceNotFound for a group or a record that is not there; ValidationError.
    """
    group = online_group(call, request["FeatureGroupName"])
    identifier = request["RecordIdentifierValueAsString"]
    if ONLINE not in group.stores(request.get("TargetStores")):
        raise values.invalid("An update goes to the OnlineStore, or to both stores: name OnlineStore in TargetStores.")
    with call.write() as tx:
        there = records.find(tx, group, identifier, call.now)
        if there is None:
            raise AwsError("ResourceNotFound", f"Resource Not Found: there is no record '{identifier}'.", 404)
        changed = {one["FeatureName"]: one for one in request["Features"]}
        if changed.get(group.identifier, {}).get("ValueAsString", identifier) != identifier:
            raise values.invalid(f"The record identifier feature '{group.identifier}' cannot be changed.")
        whole = {one["FeatureName"]: one for one in there.features} | changed
        checked(call, group, {**request, "Record": list(whole.values())})(tx)


def delete_record(call: Call, request: JsonDict) -> None:
    """Delete a record. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_DeleteRecord.html

    Softly (the default) it holds off older ones; hard it leaves nothing online. Offline a row with is_deleted follows.
    Errors: ResourceNotFound for a group that is not there; ValidationError for an event time that is none.
    """
    group = group_of(call, request["FeatureGroupName"])
    identifier, event = request["RecordIdentifierValueAsString"], request["EventTime"]
    event_time = group.event_seconds(event)
    stores = group.stores(request.get("TargetStores"))
    left = [
        {"FeatureName": group.identifier, "ValueAsString": identifier},
        {"FeatureName": group.event_time, "ValueAsString": event},
    ]
    with call.write() as tx:
        if ONLINE in stores and request.get("DeletionMode") == "HardDelete":
            records.erase_online(tx, group, identifier, event_time, call.now)
        elif ONLINE in stores:
            ttl = group.ttl_seconds
            records.put_online(tx, group, identifier, event_time, left, now=call.now, ttl_seconds=ttl, deleted=True)
        if OFFLINE in stores:
            records.queue_offline(tx, group, event_time, left, now=call.now, deleted=True)


def list_records(call: Call, request: JsonDict) -> JsonDict:
    """Page through the identifiers of the online store. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_feature_store_ListRecords.html

    Errors: ResourceNotFound for a group that is not there; ValidationError for one without an online store.
    """
    group = online_group(call, request["FeatureGroupName"])
    after = str(decode_place(request["NextToken"])[0]) if request.get("NextToken") else ""
    length = int(request.get("MaxResults", PAGE))
    with_deleted = bool(request.get("IncludeSoftDeletedRecords"))
    with call.read() as tx:
        found = records.identifiers(tx, group, call.now, after, length + 1, with_deleted)
    if len(found) <= length:
        return {"RecordIdentifiers": list(found)}
    return {"RecordIdentifiers": list(found[:length]), "NextToken": encode_place(found[length - 1], "")}


def group_of(call: Call, name: str) -> Group:
    """The group; ResourceNotFound when it is not there, ValidationError while it takes no records."""
    row = GROUP.find(call, name)
    if row is None:
        code, text = GROUP.missing
        raise AwsError(code, text.format(name=name), 404)
    if row.status != CREATED:
        raise values.invalid(f"FeatureGroup {row.name} is {row.status}; it takes records when it is Created.")
    return Group(row)


def online_group(call: Call, name: str) -> Group:
    """The group; ValidationError when it has no online store."""
    group = group_of(call, name)
    if not group.online:
        raise values.invalid(
            f"FeatureGroup {group.row.name} has no OnlineStore to read records from; query its offline store instead."
        )
    return group


def checked_names(group: Group, names: Sequence[str] | None) -> Sequence[str] | None:
    """The names of wanted features; ValidationError for one that the group has not."""
    for name in names or ():
        if name not in group.features:
            raise values.invalid(f"The feature '{name}' is not defined in the feature group '{group.row.name}'.")
    return names


def shown(found: Record, wanted: Sequence[str] | None, expiration: str | None) -> JsonDict:
    """A record as it is answered: the wanted features (None: all), and when it expires if that was asked."""
    features = [one for one in found.features if wanted is None or one["FeatureName"] in wanted]
    told: JsonDict = {"Record": features}
    if expiration == "Enabled" and found.expires is not None:
        told["ExpiresAt"] = values.iso_time(found.expires)
    return told
