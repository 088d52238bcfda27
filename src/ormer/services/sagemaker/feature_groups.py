"""Feature groups: the operations. What sets them up and writes their offline store is the features engine.

https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-feature-groups.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ormer.aws import arns
from ormer.aws import feature_values as values
from ormer.aws.errors import in_use, validation
from ormer.services.sagemaker import job_requests
from ormer.stores import resources
from ormer.stores.features import catalog, metadata, records
from ormer.stores.features.groups import CREATED, CREATING, DELETING, KIND, Group
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import properties
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
FEATURE_GROUP = Noun(
    KIND,
    name="FeatureGroupName",
    arn="feature-group/{name}",
    lower_arn=True,
    missing=("ResourceNotFound", "Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name {name}"),
    taken=(
        "ResourceInUse",
        "Resource Already Exists: FeatureGroup with name {name} already exists. Choose a different name.",
    ),
    sort={"Name": "name", "CreationTime": "created", "FeatureGroupStatus": "status", "OfflineStoreStatus": "status"},
)
SUMMARY = ("FeatureGroupName", "FeatureGroupArn", "CreationTime", "FeatureGroupStatus", "OfflineStoreStatus")
IN_MEMORY = "InMemory"
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateFeatureGroup.html
GLUE, ICEBERG = "Glue", "Iceberg"


def create_feature_group(call: Call, request: JsonDict) -> JsonDict:
    """Make a feature group. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateFeatureGroup.html

    Its bucket is looked for, and its table made, a moment later: the group is Creating until then.
    Differs: the table format Iceberg is refused; keys of KMS are kept and encrypt nothing.
    Errors: ResourceInUse for a taken name; ValidationException.
    """
    _check_features(request)
    online = request.get("OnlineStoreConfig", {})
    document: JsonDict = {"ThroughputConfig": request.get("ThroughputConfig", {"ThroughputMode": "OnDemand"})}
    if online.get("EnableOnlineStore"):
        document["OnlineStoreConfig"] = {"StorageType": "Standard", **online}
    offline = request.get("OfflineStoreConfig")
    if offline is None and "OnlineStoreConfig" not in document:
        raise validation(
            "Validation Error: give an OnlineStoreConfig with EnableOnlineStore, an OfflineStoreConfig, or both."
        )
    if offline is not None:
        document["OfflineStoreConfig"] = _offline(call, request, offline)
        document["OfflineStoreStatus"] = {"Status": "Active"}
    if request.get("RoleArn"):
        job_requests.check_role(call, request["RoleArn"])
    words = {key: value for key, value in request.items() if key != "OnlineStoreConfig"}
    with call.write() as tx:
        row = FEATURE_GROUP.create(call, words, document=document, status=CREATING)
        metadata.write(tx, row, request["FeatureDefinitions"], call.now)
    return {"FeatureGroupArn": row.arn}


def describe_feature_group(call: Call, request: JsonDict) -> JsonDict:
    """Answer a feature group. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeFeatureGroup.html

    All its features are on one page. Errors: ResourceNotFound.
    """
    row = FEATURE_GROUP.get(call, request["FeatureGroupName"])
    told = {**row.document, "NextToken": ""}
    if row.document.get("OnlineStoreConfig", {}).get("StorageType") == IN_MEMORY:
        with call.read() as tx:
            told["OnlineStoreTotalSizeBytes"] = records.online_bytes(tx, Group(row))
    return told


def list_feature_groups(call: Call, request: JsonDict) -> JsonDict:
    """Page through feature groups. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListFeatureGroups.html"""
    where = []
    if request.get("FeatureGroupStatusEquals"):
        where.append(table.c.status == request["FeatureGroupStatusEquals"])
    if request.get("OfflineStoreStatusEquals"):
        c = properties.c
        of_status = (c.path == "OfflineStoreStatus.Status", c.text == request["OfflineStoreStatusEquals"])
        where.append(table.c.arn.in_(properties.select().with_only_columns(c.arn).where(*of_status)))
    rows, more = FEATURE_GROUP.rows(call, request, *where)
    return {"FeatureGroupSummaries": [_summary(row) for row in rows], **more}


def update_feature_group(call: Call, request: JsonDict) -> JsonDict:
    """Add features, or change time to live and throughput. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateFeatureGroup.html

    Holds from the next record on. Errors: ResourceNotFound; ResourceInUse while the group is being made or deleted;
    ValidationException for a feature that is there, or a time to live without an online store.
    """
    with call.write() as tx:
        row = FEATURE_GROUP.get(call, request["FeatureGroupName"])
        if row.status != CREATED:
            raise in_use(f"FeatureGroup {row.name} is {row.status}; it can be updated when it is Created.")
        change: JsonDict = {"LastUpdateStatus": {"Status": "Successful"}}
        added = request.get("FeatureAdditions", [])
        if added:
            change["FeatureDefinitions"] = [*row.document["FeatureDefinitions"], *added]
            _check_features({**row.document, **change})
        if "OnlineStoreConfig" in request:
            if "OnlineStoreConfig" not in row.document:
                raise validation(f"Validation Error: FeatureGroup {row.name} has no online store to update.")
            change["OnlineStoreConfig"] = {**row.document["OnlineStoreConfig"], **request["OnlineStoreConfig"]}
        if "ThroughputConfig" in request:
            change["ThroughputConfig"] = request["ThroughputConfig"]
        new = FEATURE_GROUP.save(call, row, change, event=True)
        metadata.write(tx, new, added, call.now)
        catalog.update_table(tx, new, call.now)
    return {"FeatureGroupArn": row.arn}


def delete_feature_group(call: Call, request: JsonDict) -> None:
    """Delete a group and its online store. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteFeatureGroup.html

    Objects and tables of the offline store stay. Errors: ResourceNotFound.
    """
    with call.write() as tx:
        row = FEATURE_GROUP.get(call, request["FeatureGroupName"])
        resources.advance(tx, row.arn, DELETING, now=call.now, expect=_not(DELETING), actor=call.identity.arn)


def _not(status: str) -> list[str]:
    return [one for one in (CREATING, CREATED, "CreateFailed", DELETING, "DeleteFailed") if one != status]


def _summary(row: Row) -> JsonDict:
    return {member: row.document[member] for member in SUMMARY if member in row.document}


def _check_features(document: JsonDict) -> None:
    """Raise ValidationException for definitions that cannot be."""
    definitions = {one["FeatureName"]: one for one in document["FeatureDefinitions"]}
    _check_names(one["FeatureName"] for one in document["FeatureDefinitions"])
    for member in ("RecordIdentifierFeatureName", "EventTimeFeatureName"):
        name = document[member]
        if name not in definitions:
            raise validation(f"Validation Error: {member} {name} is not among the FeatureDefinitions.")
        if definitions[name].get("CollectionType"):
            raise validation(f"Validation Error: {member} {name} must not be a collection.")
    name = document["EventTimeFeatureName"]
    if definitions[name]["FeatureType"] == values.INTEGRAL:
        text = f"Validation Error: the type of the event time feature {name} must be String or Fractional"
        raise validation(f"{text}, not Integral.")
    for one in document["FeatureDefinitions"]:
        if one.get("CollectionType") == "Vector":
            if "VectorConfig" not in one.get("CollectionConfig", {}):
                raise validation(
                    f"Validation Error: the Vector {one['FeatureName']} needs a CollectionConfig with a Dimension."
                )
            if one["FeatureType"] != values.FRACTIONAL:
                raise validation(f"Validation Error: the type of the Vector {one['FeatureName']} must be Fractional.")


def _check_names(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        # Columns of tables know no upper case.
        lower = name.lower()
        if lower in values.OWN_COLUMNS:
            raise validation(
                f"Validation Error: FeatureName {name} is reserved: the offline store has a column of that name."
            )
        if lower in seen:
            raise validation(f"Validation Error: FeatureName {name} is given more than once; case makes no difference.")
        seen.add(lower)


def _offline(call: Call, request: JsonDict, given: JsonDict) -> JsonDict:
    """The offline store's configuration, with what AWS fills in."""
    if not request.get("RoleArn"):
        raise validation("Validation Error: RoleArn is required for an OfflineStoreConfig.")
    if given.get("TableFormat") == ICEBERG:
        raise validation(
            "Validation Error: TableFormat Iceberg is not available in ormer. Use Glue, the default: "
            "the offline store's objects and queries are the same but for Iceberg's own statements."
        )
    name, epoch = request["FeatureGroupName"], int(call.now)
    storage = given["S3StorageConfig"]
    _check_uri(storage["S3Uri"])
    place = f"{call.account}/sagemaker/{call.region}/offline-store/{name}-{epoch}/data"
    full = {**given, "S3StorageConfig": {**storage, "ResolvedOutputS3Uri": f"{storage['S3Uri'].rstrip('/')}/{place}"}}
    full.setdefault("DisableGlueTableCreation", False)
    full.setdefault("TableFormat", GLUE)
    if not full["DisableGlueTableCreation"] and "DataCatalogConfig" not in full:
        full["DataCatalogConfig"] = catalog.config(name, epoch)
    return full


def _check_uri(uri: str) -> None:
    if not uri.startswith("s3://") or arns.is_arn(uri):
        raise validation(f"Validation Error: S3Uri {uri} must be an address such as s3://bucket/prefix.")
