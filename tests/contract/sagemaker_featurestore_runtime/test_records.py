"""Records of Feature Store, online and offline."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.contract.sagemaker_featurestore_runtime.conftest import Shop, record

LATER, EARLIER = "2026-03-01T13:00:00Z", "2026-03-01T11:00:00Z"


def test_put_record_and_get_record_answer_what_was_put(shop: Shop) -> None:
    group = shop.group(OfflineStoreConfig=None)
    shop.put(group, 1, amount=2.5, city="Ulm")
    assert shop.get(group, 1) == {"id": "1", "at": "2026-03-01T12:00:00Z", "amount": "2.5", "city": "Ulm"}
    assert shop.get(group, 2) is None


def test_get_record_answers_only_the_wanted_features(shop: Shop) -> None:
    group = shop.group(OfflineStoreConfig=None)
    shop.put(group, 1, amount=2.5, city="Ulm")
    found = shop.runtime.get_record(
        FeatureGroupName=shop.describe(group)["FeatureGroupArn"],
        RecordIdentifierValueAsString="1",
        FeatureNames=["city", "id"],
    )
    assert {one["FeatureName"]: one["ValueAsString"] for one in found["Record"]} == {"city": "Ulm", "id": "1"}


def test_a_later_event_wins_online_and_both_are_offline(shop: Shop) -> None:
    group = shop.group()
    shop.put(group, 1, city="noon")
    shop.put(group, 1, at=EARLIER, city="before")
    assert shop.get(group, 1)["city"] == "noon"  # type: ignore[index]
    shop.put(group, 1, at=LATER, city="after")
    assert shop.get(group, 1)["city"] == "after"  # type: ignore[index]
    rows = shop.offline(group, 3)
    assert sorted((row["at"], row["city"]) for row in rows) == [
        (EARLIER, "before"),
        ("2026-03-01T12:00:00Z", "noon"),
        (LATER, "after"),
    ]


def test_the_offline_store_has_typed_columns_in_a_folder_for_each_hour_of_events(shop: Shop) -> None:
    group = shop.group()
    shop.put(group, 1, amount=2.5, city="Ulm")
    shop.put(group, 2, at="2026-03-01T13:59:59.500Z")
    rows = shop.offline(group, 2)
    assert [(row["id"], row["amount"], row["city"], row["is_deleted"]) for row in rows] == [
        (1, 2.5, "Ulm", False),
        (2, None, None, False),
    ]
    assert all(row["api_invocation_time"] <= row["write_time"] for row in rows)
    folders = sorted(key.rpartition("/")[0] for key in shop.keys(group))
    assert folders == [f"year=2026/month=03/day=01/hour={hour}" for hour in (12, 13)]
    names = sorted(key.rpartition("/")[2] for key in shop.keys(group))
    assert re.fullmatch(r"20260301T120000Z_[A-Za-z0-9]{16}\.parquet", names[0])


def test_target_stores_choose_where_a_record_goes(shop: Shop) -> None:
    group = shop.group()
    shop.put(group, 1, TargetStores=["OfflineStore"])
    assert shop.get(group, 1) is None
    shop.put(group, 2, TargetStores=["OnlineStore"])
    assert shop.get(group, 2) is not None
    assert [row["id"] for row in shop.offline(group, 1)] == [1]


def test_delete_record_softly_holds_off_older_records(shop: Shop) -> None:
    group = shop.group()
    shop.put(group, 1, city="Ulm")
    shop.runtime.delete_record(FeatureGroupName=group, RecordIdentifierValueAsString="1", EventTime=LATER)
    assert shop.get(group, 1) is None
    shop.put(group, 1, city="older")
    assert shop.get(group, 1) is None
    rows = shop.offline(group, 3)
    assert [(row["at"], row["city"]) for row in rows if row["is_deleted"]] == [(LATER, None)]


def test_delete_record_hard_leaves_nothing_online(shop: Shop) -> None:
    group = shop.group(OfflineStoreConfig=None)
    shop.put(group, 1)
    arguments = {"FeatureGroupName": group, "RecordIdentifierValueAsString": "1", "DeletionMode": "HardDelete"}
    shop.runtime.delete_record(EventTime=EARLIER, **arguments)
    assert shop.get(group, 1) is not None
    shop.runtime.delete_record(EventTime=LATER, **arguments)
    assert shop.get(group, 1) is None
    shop.put(group, 1, at=EARLIER)
    assert shop.get(group, 1) is not None


def test_a_record_is_gone_when_its_time_to_live_is_over(shop: Shop) -> None:
    online = {"EnableOnlineStore": True, "TtlDuration": {"Unit": "Days", "Value": 1}}
    group = shop.group(OfflineStoreConfig=None, OnlineStoreConfig=online)
    shop.put(group, 1, at="2020-01-01T00:00:00Z")
    assert shop.get(group, 1) is None
    shop.put(group, 2, at="2020-01-01T00:00:00Z", TtlDuration={"Unit": "Weeks", "Value": 2000})
    found = shop.runtime.get_record(
        FeatureGroupName=group, RecordIdentifierValueAsString="2", ExpirationTimeResponse="Enabled"
    )
    assert found["ExpiresAt"] == "2058-05-01T00:00:00Z"
    assert shop.get(group, 2) is not None


def test_update_record_changes_some_features_of_a_record(shop: Shop) -> None:
    group = shop.group(OfflineStoreConfig=None)
    shop.put(group, 1, amount=2.5, city="Ulm")
    shop.runtime.update_record(
        FeatureGroupName=group, RecordIdentifierValueAsString="1", Features=record(city="Bonn", at=LATER)
    )
    assert shop.get(group, 1) == {"id": "1", "at": LATER, "amount": "2.5", "city": "Bonn"}
    with pytest.raises(ClientError) as refused:
        shop.runtime.update_record(
            FeatureGroupName=group, RecordIdentifierValueAsString="7", Features=record(city="Bonn")
        )
    assert refused.value.response["Error"]["Code"] == "ResourceNotFound"


def test_list_records_pages_through_identifiers(shop: Shop) -> None:
    group = shop.group(OfflineStoreConfig=None)
    for identifier in (1, 2, 3):
        shop.put(group, identifier)
    shop.runtime.delete_record(FeatureGroupName=group, RecordIdentifierValueAsString="2", EventTime=LATER)
    first = shop.runtime.list_records(FeatureGroupName=group, MaxResults=1)
    assert first["RecordIdentifiers"] == ["1"]
    rest = shop.runtime.list_records(FeatureGroupName=group, NextToken=first["NextToken"])
    assert rest["RecordIdentifiers"] == ["3"] and "NextToken" not in rest
    everything = shop.runtime.list_records(FeatureGroupName=group, IncludeSoftDeletedRecords=True)
    assert everything["RecordIdentifiers"] == ["1", "2", "3"]


def test_batch_get_record_answers_records_of_several_groups_and_says_what_it_cannot(shop: Shop) -> None:
    one, other = shop.group(OfflineStoreConfig=None), shop.group(OfflineStoreConfig=None)
    shop.put(one, 1, city="Ulm")
    shop.put(other, 2, city="Bonn")
    found = shop.runtime.batch_get_record(
        Identifiers=[
            {"FeatureGroupName": one, "RecordIdentifiersValueAsString": ["1", "9"], "FeatureNames": ["city"]},
            {"FeatureGroupName": other, "RecordIdentifiersValueAsString": ["2"]},
            {"FeatureGroupName": "nobody", "RecordIdentifiersValueAsString": ["3"]},
        ]
    )
    told = [(each["FeatureGroupName"], each["RecordIdentifierValueAsString"]) for each in found["Records"]]
    assert told == [(one, "1"), (other, "2")]
    assert found["Records"][0]["Record"] == [{"FeatureName": "city", "ValueAsString": "Ulm"}]
    assert [error["ErrorCode"] for error in found["Errors"]] == ["ResourceNotFound"]


def test_batch_write_record_writes_what_fits_and_says_what_does_not(shop: Shop) -> None:
    group = shop.group(OfflineStoreConfig=None)
    entries = [
        {"FeatureGroupName": group, "Record": record(id=1, at=EARLIER)},
        {"FeatureGroupName": group, "Record": record(id="one", at=EARLIER)},
    ]
    answer = shop.runtime.batch_write_record(Entries=entries)
    assert [error["Entry"]["Record"][0]["ValueAsString"] for error in answer["Errors"]] == ["one"]
    assert answer["UnprocessedEntries"] == []
    assert shop.get(group, 1) is not None


def test_lists_are_kept_as_lists(shop: Shop) -> None:
    definitions = [
        {"FeatureName": "id", "FeatureType": "Integral"},
        {"FeatureName": "at", "FeatureType": "Fractional"},
        {"FeatureName": "words", "FeatureType": "String", "CollectionType": "List"},
        {
            "FeatureName": "place",
            "FeatureType": "Fractional",
            "CollectionType": "Vector",
            "CollectionConfig": {"VectorConfig": {"Dimension": 2}},
        },
    ]
    group = shop.group(FeatureDefinitions=definitions)
    shop.put(group, 1, at="1772366400.5", words=["a", "b"], place=[1, 2.5])
    assert shop.get(group, 1) == {"id": "1", "at": "1772366400.5", "words": ["a", "b"], "place": ["1", "2.5"]}
    row = shop.offline(group, 1)[0]
    assert (row["at"], row["words"], row["place"]) == (1772366400.5, ["a", "b"], [1.0, 2.5])
    with pytest.raises(ClientError, match="Vector of 2 elements, 1 were given"):
        shop.put(group, 1, at="1772366400.5", place=[1])


@pytest.mark.parametrize(
    ("features", "text"),
    [
        ({"at": EARLIER}, "no value for the record identifier feature 'id'"),
        ({"id": 1}, "no value for the event time feature 'at'"),
        ({"id": 1, "at": EARLIER, "colour": "red"}, "'colour' is not defined in the feature group"),
        ({"id": "1.5", "at": EARLIER}, "'1.5' of the feature 'id' is not of its type Integral"),
        ({"id": 1, "at": EARLIER, "amount": "much"}, "'much' of the feature 'amount' is not of its type Fractional"),
        ({"id": 1, "at": "2026-03-01 12:00:00"}, "is not in the format yyyy-MM-dd'T'HH:mm:ssZ"),
        ({"id": 1, "at": "2026-13-01T12:00:00Z"}, "is not in the format yyyy-MM-dd'T'HH:mm:ssZ"),
    ],
)
def test_a_record_that_does_not_fit_is_refused(shop: Shop, features: dict[str, Any], text: str) -> None:
    group = shop.group(OfflineStoreConfig=None)
    with pytest.raises(ClientError) as refused:
        shop.runtime.put_record(FeatureGroupName=group, Record=record(**features))
    assert refused.value.response["Error"]["Code"] == "ValidationError"
    assert text in refused.value.response["Error"]["Message"]


def test_records_of_a_group_that_is_not_there_are_not_found(shop: Shop) -> None:
    with pytest.raises(ClientError) as refused:
        shop.get("nobody", 1)
    assert refused.value.response["Error"]["Code"] == "ResourceNotFound"


def test_a_group_without_an_online_store_answers_no_records(shop: Shop) -> None:
    group = shop.group(OnlineStoreConfig=None)
    shop.put(group, 1)
    with pytest.raises(ClientError, match="has no OnlineStore to read records from"):
        shop.get(group, 1)
