"""A feature group as records need it: its features by name, its stores, and what a record must hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ormer.aws import feature_values as values
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
KIND = "FeatureGroup"
CREATING, CREATED, CREATE_FAILED, DELETING = "Creating", "Created", "CreateFailed", "Deleting"
GROUP_TASK, OFFLINE_TASK = "feature_group", "feature_offline_store"
ONLINE, OFFLINE = "OnlineStore", "OfflineStore"


@dataclass(frozen=True)
class Group:
    """A group's row, read for its records."""

    row: Row

    @property
    def document(self) -> JsonDict:
        return self.row.document

    @cached_property
    def features(self) -> Mapping[str, JsonDict]:
        """{feature: its definition}, in their order."""
        return {one["FeatureName"]: one for one in self.document["FeatureDefinitions"]}

    @property
    def identifier(self) -> str:
        return str(self.document["RecordIdentifierFeatureName"])

    @property
    def event_time(self) -> str:
        return str(self.document["EventTimeFeatureName"])

    @property
    def online(self) -> bool:
        return "OnlineStoreConfig" in self.document

    @property
    def offline(self) -> bool:
        return "OfflineStoreConfig" in self.document

    @property
    def ttl_seconds(self) -> int | None:
        """The time to live of records that have none of their own."""
        return values.ttl_seconds(self.document.get("OnlineStoreConfig", {}).get("TtlDuration"))

    @property
    def data_uri(self) -> str:
        """Where the offline store's objects are."""
        return str(self.document["OfflineStoreConfig"]["S3StorageConfig"]["ResolvedOutputS3Uri"])

    def stores(self, wanted: Sequence[str] | None) -> frozenset[str]:
        """The stores that a record goes to. ValidationError for one that the group has not."""
        own = {name for name, there in ((ONLINE, self.online), (OFFLINE, self.offline)) if there}
        for name in wanted or ():
            if name not in own:
                raise values.invalid(
                    f"The feature group '{self.row.name}' has no {name}; leave it out of TargetStores."
                )
        return frozenset(wanted or own)

    def event_seconds(self, value: str) -> float:
        """The event time that a text says; ValidationError for one that says none."""
        return values.event_seconds(self.event_time, self.features[self.event_time]["FeatureType"], value)

    def check(self, record: Sequence[JsonDict]) -> tuple[str, float]:
        """The identifier and the event time (seconds) of a record. ValidationError for one that does not fit."""
        given: dict[str, JsonDict] = {}
        for one in record:
            name = one["FeatureName"]
            if name not in self.features:
                raise values.invalid(f"The feature '{name}' is not defined in the feature group '{self.row.name}'.")
            if name in given:
                raise values.invalid(f"The feature '{name}' is given more than once.")
            given[name] = one
            _check_feature(self.features[name], one)
        return self._text(given, self.identifier, "record identifier"), self.event_seconds(
            self._text(given, self.event_time, "event time")
        )

    def _text(self, given: Mapping[str, JsonDict], name: str, what: str) -> str:
        value = given.get(name, {}).get("ValueAsString")
        if not value:
            raise values.invalid(f"The record has no value for the {what} feature '{name}'.")
        return str(value)


def _check_feature(definition: JsonDict, given: JsonDict) -> None:
    name, kind = given["FeatureName"], definition["FeatureType"]
    if definition.get("CollectionType"):
        if "ValueAsStringList" not in given:
            raise values.invalid(f"The feature '{name}' is a {definition['CollectionType']}: give a ValueAsStringList.")
        for value in given["ValueAsStringList"]:
            values.check_value(name, kind, value)
        _check_collection(definition, given["ValueAsStringList"])
        return
    if "ValueAsString" not in given:
        raise values.invalid(f"The feature '{name}' has no ValueAsString; leave a feature out that has no value.")
    values.check_value(name, kind, given["ValueAsString"])


def _check_collection(definition: JsonDict, elements: Sequence[str]) -> None:
    name = definition["FeatureName"]
    if definition["CollectionType"] == "Set" and len(set(elements)) < len(elements):
        raise values.invalid(f"The feature '{name}' is a Set: every element may stand in it once.")
    dimension = definition.get("CollectionConfig", {}).get("VectorConfig", {}).get("Dimension")
    if dimension is not None and len(elements) != dimension:
        raise values.invalid(f"The feature '{name}' is a Vector of {dimension} elements, {len(elements)} were given.")
