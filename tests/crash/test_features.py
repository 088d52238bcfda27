"""kill -9 at the commits of Feature Store: no acknowledged record is lost, and none is in the offline store twice."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from tests.crash.lives import Patient, lives

from ormer.first_run import use_role_arn

JsonDict = dict[str, Any]
BUCKET, GROUP = "shelf", "shop"
ACCOUNT = "123456789012"
RECORDS = 24
SAMPLE = 8
PATIENCE_SECONDS = 90.0
RUNTIME = "sagemaker-featurestore-runtime"


class Shop:
    """Puts records, and knows which of them it had to put twice."""

    def __init__(self, client: Callable[[Shop], Patient]) -> None:
        self.again: set[str] = set()
        self._client = client(self)

    def lost(self, operation: str, params: JsonDict) -> None:
        """A request whose answer never came, and which is asked again next."""
        if operation == "put_record":
            self.again.add(params["Record"][0]["ValueAsString"])

    def tell(self) -> None:
        """A group with both stores, and its records."""
        self._client.call("s3", "create_bucket", Bucket=BUCKET)
        self._client.call(
            "sagemaker",
            "create_feature_group",
            FeatureGroupName=GROUP,
            RecordIdentifierFeatureName="id",
            EventTimeFeatureName="at",
            FeatureDefinitions=[{"FeatureName": name, "FeatureType": "String"} for name in ("id", "at")],
            OnlineStoreConfig={"EnableOnlineStore": True},
            OfflineStoreConfig={"S3StorageConfig": {"S3Uri": f"s3://{BUCKET}/store"}},
            RoleArn=use_role_arn(ACCOUNT),
        )
        self.until(lambda: self._described()["FeatureGroupStatus"] == "Created")
        for number in range(RECORDS):
            record = [
                {"FeatureName": "id", "ValueAsString": str(number)},
                {"FeatureName": "at", "ValueAsString": f"2026-03-01T{number % 2:02d}:00:00Z"},
            ]
            self._client.call(RUNTIME, "put_record", FeatureGroupName=GROUP, Record=record)
            if number == RECORDS // 2:
                # The first half is on its way into the offline store while the second comes.
                self.until(lambda: bool(self._keys()))

    def check(self) -> None:
        """Every record is online, and offline exactly as often as it was put (or once less, where nobody knows)."""
        for number in range(RECORDS):
            ask = {"FeatureGroupName": GROUP, "RecordIdentifierValueAsString": str(number)}
            assert self._client.call(RUNTIME, "get_record", **ask)["Record"], f"{number} is not online"
        self.until(lambda: len(self._offline()) >= RECORDS)
        found = self._offline()
        assert {number: count for number, count in found.items() if count > 1 and number not in self.again} == {}

    def until(self, what: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not what():
            assert time.monotonic() < deadline, "it did not come to pass"
            time.sleep(0.1)

    def _described(self) -> JsonDict:
        found: JsonDict = self._client.call("sagemaker", "describe_feature_group", FeatureGroupName=GROUP)
        return found

    def _keys(self) -> list[str]:
        listed = self._client.call("s3", "list_objects_v2", Bucket=BUCKET).get("Contents", ())
        return [one["Key"] for one in listed]

    def _offline(self) -> Counter[str]:
        """How often each identifier is in the offline store."""
        found: Counter[str] = Counter()
        for key in self._keys():
            body = self._client.call("s3", "get_object", Bucket=BUCKET, Key=key)["Body"].read()
            found.update(pyarrow.parquet.read_table(BytesIO(body)).column("id").to_pylist())
        return found


@pytest.mark.crash
@pytest.mark.timeout(0)
def test_no_acknowledged_record_is_lost_or_doubled_whichever_commit_the_server_is_killed_at(
    killed_at_commits: Callable[..., None],
) -> None:
    killed_at_commits(_story, "Feature Store", SAMPLE)


def _story(home: Path, kills: Sequence[str]) -> tuple[int, int]:
    """(commits of the last server, how many were killed) of one story."""
    with lives(home, kills) as servers:
        shop = Shop(lambda made: Patient(servers, made.lost))
        shop.tell()
        shop.check()
    return servers.commits, servers.killed
