"""A server whose built runtimes are kept, a bucket, and short ways to ask."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Live, end_instances

from ormer.config import Config
from ormer.server import Server

PATIENCE_SECONDS = 60.0


class Desk:
    """A person with tables: clients, a bucket of theirs, a database."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.athena = live.client("athena")
        self.glue = live.client("glue")
        self.s3 = live.client("s3")
        self.bucket = f"tables-{uuid.uuid4().hex[:10]}"
        self.s3.create_bucket(Bucket=self.bucket)
        self.database = f"shop_{uuid.uuid4().hex[:10]}"
        self.glue.create_database(DatabaseInput={"Name": self.database})

    def start(self, sql: str, client: Any = None, **more: Any) -> str:
        request: dict[str, Any] = {
            "QueryString": sql,
            "QueryExecutionContext": {"Database": self.database},
            "ResultConfiguration": {"OutputLocation": f"s3://{self.bucket}/results/"},
            **more,
        }
        if client is not None:
            return str(client.start_query_execution(**request)["QueryExecutionId"])
        return str(self.athena.start_query_execution(**request)["QueryExecutionId"])

    def ended(self, query: str) -> dict[str, Any]:
        """The query once it is over."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            found: dict[str, Any] = self.athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            if found["Status"]["State"] not in ("QUEUED", "RUNNING"):
                return found
            assert time.monotonic() < deadline, "the query did not end"
            time.sleep(0.05)

    def until(self, what: Callable[[], Any]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not what():
            assert time.monotonic() < deadline, "it did not come to pass"
            time.sleep(0.1)

    def ask(self, sql: str, **more: Any) -> dict[str, Any]:
        """A query that succeeded."""
        found = self.ended(self.start(sql, **more))
        assert found["Status"]["State"] == "SUCCEEDED", found["Status"]
        return found

    def refused(self, sql: str, **more: Any) -> str:
        """Why a query failed."""
        found = self.ended(self.start(sql, **more))
        assert found["Status"]["State"] == "FAILED"
        return str(found["Status"]["StateChangeReason"])

    def rows(self, sql: str, **more: Any) -> list[list[str | None]]:
        """A query's rows, the names of its columns first."""
        query = self.ask(sql, **more)["QueryExecutionId"]
        pages = self.athena.get_paginator("get_query_results").paginate(QueryExecutionId=query)
        return [[one.get("VarCharValue") for one in row["Data"]] for page in pages for row in page["ResultSet"]["Rows"]]

    def put(self, key: str, content: str | bytes) -> str:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=content)
        return f"s3://{self.bucket}/{key}"

    def read(self, uri: str) -> bytes:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        content: bytes = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return content

    def cities(self) -> str:
        """The name of a new table over CSV: name, people, area; a header, a value missing."""
        name = f"cities_{uuid.uuid4().hex[:8]}"
        self.put(f"{name}/a.csv", 'name,people,area\nUlm,126000,118.7\nBonn,,141.1\n"Aix, old",249000,160.9\n')
        self.ask(
            f"CREATE EXTERNAL TABLE {name} (Name string, people int, area double) "
            "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde' "
            f"LOCATION 's3://{self.bucket}/{name}/' TBLPROPERTIES ('skip.header.line.count'='1')"
        )
        return name


@pytest.fixture(scope="session")
def desk(runtimes: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("athena") / "home"
    home.mkdir(mode=0o700)
    (home / "runtimes").symlink_to(runtimes)
    made = Server(Config(home=home, port=0, tls_port=0), strict=True)
    made.start()
    yield Desk(Live(made))
    made.stop()
    end_instances(home)
