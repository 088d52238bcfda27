"""A server whose built runtimes are kept, feature groups on it, and what lies in their offline stores."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from tests.conftest import Live, end_instances

from ormer.config import Config
from ormer.first_run import use_role_arn
from ormer.server import Server

PATIENCE_SECONDS = 25.0
DEFINITIONS = (("id", "Integral"), ("amount", "Fractional"), ("city", "String"), ("at", "String"))


class Shop:
    """A person with feature groups: clients, a bucket, and short ways to put and get."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.sagemaker = live.client("sagemaker")
        self.runtime = live.client("sagemaker-featurestore-runtime")
        self.s3 = live.client("s3")
        self.role = use_role_arn(live.config.account)
        self.bucket = f"features-{uuid.uuid4().hex[:10]}"
        self.s3.create_bucket(Bucket=self.bucket)

    def request(self, **more: Any) -> dict[str, Any]:
        """A CreateFeatureGroup with both stores."""
        made: dict[str, Any] = {
            "FeatureGroupName": f"shop-{uuid.uuid4().hex[:10]}",
            "RecordIdentifierFeatureName": "id",
            "EventTimeFeatureName": "at",
            "FeatureDefinitions": [{"FeatureName": name, "FeatureType": kind} for name, kind in DEFINITIONS],
            "OnlineStoreConfig": {"EnableOnlineStore": True},
            "OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": f"s3://{self.bucket}/store"}},
            "RoleArn": self.role,
            **more,
        }
        return {name: value for name, value in made.items() if value is not None}

    def group(self, **more: Any) -> str:
        """The name of a new group that takes records."""
        request = self.request(**more)
        self.sagemaker.create_feature_group(**request)
        self.until(lambda: self.describe(request["FeatureGroupName"])["FeatureGroupStatus"] == "Created")
        return str(request["FeatureGroupName"])

    def describe(self, group: str) -> dict[str, Any]:
        found: dict[str, Any] = self.sagemaker.describe_feature_group(FeatureGroupName=group)
        return found

    def put(self, group: str, identifier: int, at: str = "2026-03-01T12:00:00Z", **more: Any) -> None:
        """Put a record; more: its other features, or members of the request where their names begin so."""
        extra = {name: more.pop(name) for name in ("TargetStores", "TtlDuration") if name in more}
        self.runtime.put_record(FeatureGroupName=group, Record=record(id=identifier, at=at, **more), **extra)

    def get(self, group: str, identifier: int) -> dict[str, str] | None:
        """The record's features, None when there is no record."""
        found = self.runtime.get_record(FeatureGroupName=group, RecordIdentifierValueAsString=str(identifier))
        if "Record" not in found:
            return None
        return {one["FeatureName"]: one.get("ValueAsString", one.get("ValueAsStringList")) for one in found["Record"]}

    def keys(self, group: str) -> list[str]:
        """The keys of the offline store's objects below its address."""
        uri = self.describe(group)["OfflineStoreConfig"]["S3StorageConfig"]["ResolvedOutputS3Uri"]
        prefix = uri.removeprefix(f"s3://{self.bucket}/") + "/"
        listed = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
        return [one["Key"].removeprefix(prefix) for one in listed]

    def rows(self, group: str) -> list[dict[str, Any]]:
        """The offline store's rows, in no order."""
        uri = self.describe(group)["OfflineStoreConfig"]["S3StorageConfig"]["ResolvedOutputS3Uri"]
        prefix = uri.removeprefix(f"s3://{self.bucket}/")
        found: list[dict[str, Any]] = []
        for key in self.keys(group):
            content = self.s3.get_object(Bucket=self.bucket, Key=f"{prefix}/{key}")["Body"].read()
            found += pyarrow.parquet.read_table(BytesIO(content)).to_pylist()
        return found

    def offline(self, group: str, count: int) -> list[dict[str, Any]]:
        """The offline store's rows once there are so many, by identifier."""
        self.until(lambda: len(self.rows(group)) >= count)
        return sorted(self.rows(group), key=lambda row: row["id"])

    def until(self, what: Callable[[], Any]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not what():
            assert time.monotonic() < deadline, "it did not come to pass"
            time.sleep(0.1)


def record(**features: Any) -> list[dict[str, Any]]:
    """FeatureValues of features by name."""
    return [
        {"FeatureName": name, "ValueAsStringList": [str(one) for one in value]}
        if isinstance(value, Sequence) and not isinstance(value, str)
        else {"FeatureName": name, "ValueAsString": str(value)}
        for name, value in features.items()
    ]


@pytest.fixture(scope="session")
def shop(runtimes: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    home = tmp_path_factory.mktemp("features") / "home"
    home.mkdir(mode=0o700)
    (home / "runtimes").symlink_to(runtimes)
    made = Server(Config(home=home, port=0, tls_port=0), strict=True)
    made.start()
    yield Shop(Live(made))
    made.stop()
    end_instances(home)
