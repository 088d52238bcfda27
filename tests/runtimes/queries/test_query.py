"""The program that answers queries, as a process with a folder: what it reads, writes and refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

RUN = Path(__file__).parents[3] / "src" / "ormer" / "runtimes" / "run.py"


class Desk:
    """A folder with a table of three columns in two files, and queries asked in it."""

    def __init__(self, folder: Path) -> None:
        self.work, self.data = folder / "work", folder / "data"
        self.work.mkdir()
        self.data.mkdir()
        rows = "SELECT 1::BIGINT AS \"Id\", 'Ulm' AS city UNION ALL SELECT 2, NULL"
        duckdb.sql(f"COPY ({rows}) TO '{self.data}/0' (FORMAT parquet)")
        duckdb.sql(f"COPY (SELECT 3::BIGINT AS \"Id\", 'Aix' AS city, 1.5 AS size) TO '{self.data}/1' (FORMAT parquet)")
        columns = [("id", "bigint"), ("city", "string"), ("size", "double")]
        self.table = {
            "database": "shop",
            "name": "cities",
            "format": "parquet",
            "columns": [{"name": name, "type": kind} for name, kind in columns],
            "partition_keys": [],
            "serde": {},
            "parameters": {},
            "files": [{"path": str(self.data / name), "bytes": 1, "values": []} for name in "01"],
        }

    def ask(self, sql: str, *more: dict[str, Any]) -> dict[str, Any]:
        request = {
            "sql": sql,
            "database": "shop",
            "parameters": [],
            "tables": [self.table, *more],
            "catalog": {},
            "data": str(self.data),
            "threads": 1,
            "memory_mib": 256,
        }
        (self.work / "request.json").write_text(json.dumps(request))
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        subprocess.run([sys.executable, str(RUN), "queries", "query"], cwd=self.work, env=kept, check=True)
        answer: dict[str, Any] = json.loads((self.work / "answer.json").read_text())
        return answer

    def rows(self, sql: str, *more: dict[str, Any]) -> list[str]:
        answer = self.ask(sql, *more)
        assert answer["kind"] == "rows", answer
        return (self.work / "result.csv").read_text().splitlines()[1:]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_columns_that_older_files_lack_are_null_there(desk: Desk) -> None:
    assert desk.rows("SELECT * FROM cities ORDER BY id") == ['"1","Ulm",', '"2",,', '"3","Aix","1.5"']


def test_a_table_without_files_has_no_rows(desk: Desk) -> None:
    desk.table["files"] = []
    assert desk.rows("SELECT count(*), max(size) FROM cities") == ['"0",']


def test_names_of_with_are_no_tables(desk: Desk) -> None:
    assert desk.rows("WITH big AS (SELECT id FROM cities WHERE size > 1) SELECT * FROM big") == ['"3"']


def test_what_must_not_be_read_is_refused_only_where_it_is_meant(desk: Desk) -> None:
    secret = {"database": "shop", "name": "secret", "refused": "PERMISSION_DENIED: no"}
    assert desk.rows("SELECT 'secret' AS a FROM cities WHERE id = 1", secret) == ['"secret"']
    assert desk.ask("SELECT * FROM secret", secret) == {"kind": "failed", "reason": "PERMISSION_DENIED: no"}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "COPY cities TO '/tmp/out.csv'",
        "ATTACH '/tmp/other.db'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "PRAGMA database_list",
    ],
)
def test_sql_that_is_not_athenas_is_not_run(desk: Desk, sql: str) -> None:
    assert desk.ask(sql)["kind"] == "failed"
    assert not Path("/tmp/out.csv").exists()


def test_functions_that_read_files_are_kept_to_the_querys_own_folder(desk: Desk) -> None:
    answer = desk.ask("SELECT (SELECT count(*) FROM glob('/etc/*')) AS n")
    assert answer["kind"] == "failed"
