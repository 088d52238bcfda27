"""Queries of Athena."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.contract.athena.conftest import Desk


def test_a_query_answers_rows_as_quoted_csv_and_page_by_page(desk: Desk) -> None:
    cities = desk.cities()
    done = desk.ask(f"SELECT name, people, area FROM {cities} ORDER BY area")
    where = done["ResultConfiguration"]["OutputLocation"]
    assert where == f"s3://{desk.bucket}/results/{done['QueryExecutionId']}.csv"
    text = '"name","people","area"\n"Ulm","126000","118.7"\n"Bonn",,"141.1"\n"Aix, old","249000","160.9"\n'
    assert desk.read(where).decode() == text
    assert desk.read(f"{where}.metadata")
    assert done["StatementType"] == "DML" and done["Statistics"]["DataScannedInBytes"] > 0
    first = desk.athena.get_query_results(QueryExecutionId=done["QueryExecutionId"], MaxResults=2)
    kinds = [(one["Name"], one["Type"]) for one in first["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]]
    assert kinds == [("name", "varchar"), ("people", "integer"), ("area", "double")]
    told = [[one.get("VarCharValue") for one in row["Data"]] for row in first["ResultSet"]["Rows"]]
    assert told == [["name", "people", "area"], ["Ulm", "126000", "118.7"]]
    rest = desk.athena.get_query_results(QueryExecutionId=done["QueryExecutionId"], NextToken=first["NextToken"])
    told = [[one.get("VarCharValue") for one in row["Data"]] for row in rest["ResultSet"]["Rows"]]
    assert told == [["Bonn", None, "141.1"], ["Aix, old", "249000", "160.9"]] and "NextToken" not in rest


def test_sql_is_trinos(desk: Desk) -> None:
    found = desk.rows(
        "SELECT 7/2 AS whole, count(*), date_diff('day', DATE '2026-01-01', DATE '2026-01-05') AS days, "
        "from_iso8601_timestamp('2026-01-01T00:00:00Z') AS at, array_agg(x) AS many, "
        "CAST(max(x) AS double) / 2 AS half, to_timestamp('2026-11-26 13:05:09', 'yyyy-mm-dd hh24:mi:ss') AS of "
        "FROM (VALUES 1, 2) AS t(x)"
    )
    assert found == [
        ["whole", "_col1", "days", "at", "many", "half", "of"],
        ["3", "2", "4", "2026-01-01 00:00:00.000 UTC", "[1, 2]", "1.0", "2026-11-26 13:05:09.000"],
    ]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT * FROM nowhere", "TABLE_NOT_FOUND: Table 'awsdatacatalog.{database}.nowhere' does not exist"),
        ("SELECT colour FROM {cities}", "COLUMN_NOT_FOUND: Column 'colour' cannot be resolved"),
        ("SELECT c.colour FROM {cities} c", "COLUMN_NOT_FOUND: Column 'colour' cannot be resolved"),
        ("SELECT FROM WHERE", "SYNTAX_ERROR"),
        ("SELECT 1; SELECT 2", "Only one sql statement is allowed"),
        ("SELECT * FROM read_csv('/etc/passwd')", "FUNCTION_NOT_FOUND"),
        ("SELECT CAST('a' AS integer)", "INVALID_CAST_ARGUMENT"),
    ],
)
def test_a_query_that_is_wrong_fails_and_says_why(desk: Desk, sql: str, reason: str) -> None:
    names = {"database": desk.database, "cities": desk.cities()}
    assert reason.format(**names) in desk.refused(sql.format(**names))


def test_a_query_without_a_place_for_its_result_is_refused(desk: Desk) -> None:
    with pytest.raises(ClientError, match="No output location provided") as refused:
        desk.athena.start_query_execution(QueryString="SELECT 1")
    assert refused.value.response["Error"]["Code"] == "InvalidRequestException"
    reason = desk.refused("SELECT 1", ResultConfiguration={"OutputLocation": "s3://no-such-bucket-1/"})
    assert "bucket" in reason


def test_a_repeated_token_is_the_same_query(desk: Desk) -> None:
    token = uuid.uuid4().hex
    first = desk.start("SELECT 1", ClientRequestToken=token)
    assert desk.start("SELECT 1", ClientRequestToken=token) == first
    with pytest.raises(ClientError, match="Idempotent parameters do not match"):
        desk.start("SELECT 2", ClientRequestToken=token)


def test_execution_parameters_fill_question_marks(desk: Desk) -> None:
    sql = f"SELECT name, '?' AS mark FROM {desk.cities()} WHERE name = ?"
    assert desk.rows(sql, ExecutionParameters=["'Ulm'"])[1:] == [["Ulm", "?"]]


def test_partitions_are_added_found_and_dropped(desk: Desk) -> None:
    name = f"sales_{uuid.uuid4().hex[:8]}"
    for day in ("2026-01-01", "2026-01-02"):
        desk.put(f"{name}/day={day}/a.json", '{"amount": 1.5, "tags": ["a"]}\n')
    desk.ask(
        f"CREATE EXTERNAL TABLE IF NOT EXISTS `{desk.database}`.`{name}` (amount double, tags array<string>) "
        "PARTITIONED BY (day string) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' "
        f"LOCATION 's3://{desk.bucket}/{name}/'"
    )
    assert desk.rows(f"SELECT * FROM {name}")[1:] == []
    desk.ask(f"ALTER TABLE {name} ADD IF NOT EXISTS PARTITION (day = '2026-01-01')")
    assert desk.rows(f"SELECT amount, tags, day FROM {name}")[1:] == [["1.5", "[a]", "2026-01-01"]]
    desk.ask(f"MSCK REPAIR TABLE {name}")
    assert desk.rows(f"SELECT day FROM {name} ORDER BY day")[1:] == [["2026-01-01"], ["2026-01-02"]]
    found = desk.glue.get_partitions(DatabaseName=desk.database, TableName=name)["Partitions"]
    assert [one["Values"] for one in found] == [["2026-01-01"], ["2026-01-02"]]
    assert desk.rows(f"SHOW PARTITIONS {name}") == [["day=2026-01-01"], ["day=2026-01-02"]]
    desk.ask(f"ALTER TABLE {name} DROP PARTITION (day = '2026-01-01')")
    assert desk.rows(f"SHOW PARTITIONS {name}") == [["day=2026-01-02"]]


def test_a_query_makes_a_table_and_another_grows_it(desk: Desk) -> None:
    cities, name = desk.cities(), f"big_{uuid.uuid4().hex[:8]}"
    place = f"s3://{desk.bucket}/made/{name}/"
    words = f"format = 'PARQUET', external_location = '{place}'"
    desk.ask(f"CREATE TABLE {name} WITH ({words}) AS SELECT name, people FROM {cities} WHERE people > 200000")
    made = desk.glue.get_table(DatabaseName=desk.database, Name=name)["Table"]
    assert [(one["Name"], one["Type"]) for one in made["StorageDescriptor"]["Columns"]] == [
        ("name", "string"),
        ("people", "int"),
    ]
    done = desk.ask(f"INSERT INTO {name} SELECT name, people FROM {cities} WHERE name = 'Ulm'")
    listed = desk.read(done["Statistics"]["DataManifestLocation"]).decode().splitlines()
    assert len(listed) == 1 and listed[0].startswith(place)
    context = {"Database": f"`{desk.database}`"}
    assert desk.rows(f"SELECT count(*) FROM {name}", QueryExecutionContext=context)[1:] == [["2"]]
    assert desk.rows(f"SELECT name FROM {name} ORDER BY people")[1:] == [["Ulm"], ["Aix, old"]]
    assert "AlreadyExistsException" in desk.refused(f"CREATE TABLE {name} AS SELECT 1 AS one")
    desk.ask(f"DROP TABLE {name}")
    with pytest.raises(ClientError, match="not found"):
        desk.glue.get_table(DatabaseName=desk.database, Name=name)


def test_unload_writes_rows_where_it_is_told(desk: Desk) -> None:
    place = f"s3://{desk.bucket}/unloaded/{uuid.uuid4().hex}/"
    words = "format = 'JSON', partitioned_by = ARRAY['people']"
    sql = f"UNLOAD (SELECT name, people FROM {desk.cities()}) TO '{place}' WITH ({words})"
    desk.ask(sql)
    found = desk.s3.list_objects_v2(Bucket=desk.bucket, Prefix=place.removeprefix(f"s3://{desk.bucket}/"))
    folders = {one["Key"].split("/")[2] for one in found["Contents"]}
    assert "people=126000" in folders
    assert "HIVE_PATH_ALREADY_EXISTS" in desk.refused(sql)


def test_views_are_read_through(desk: Desk) -> None:
    cities, name = desk.cities(), f"large_{uuid.uuid4().hex[:8]}"
    desk.ask(f"CREATE VIEW {name} AS SELECT name FROM {cities} WHERE people > 200000")
    desk.ask(f"CREATE OR REPLACE VIEW {name}_2 AS SELECT * FROM {name}")
    assert desk.rows(f'SELECT v."Name" FROM "{desk.database}"."{name}_2" v') == [["Name"], ["Aix, old"]]


def test_columns_are_answered_as_the_query_writes_them(desk: Desk) -> None:
    cities = desk.cities()
    assert desk.rows(f"SELECT Name, PEOPLE AS People FROM {cities} LIMIT 1")[0] == ["Name", "People"]
    assert desk.rows(f"SELECT * FROM (SELECT c.Name FROM {cities} c) LIMIT 1")[0] == ["Name"]
    assert desk.rows(f"SELECT Area, count(*) AS n FROM {cities} GROUP BY Area ORDER BY Area LIMIT 1")[0] == [
        "Area",
        "n",
    ]
    assert desk.rows(f"SELECT * FROM {cities} LIMIT 1")[0] == ["name", "people", "area"]


def test_show_and_describe_tell_of_the_catalog(desk: Desk) -> None:
    cities = desk.cities()
    assert [desk.database] in desk.rows("SHOW DATABASES")
    assert desk.rows(f"SHOW TABLES IN {desk.database} '{cities}'") == [[cities]]
    described = [line[0].split("\t")[:2] for line in desk.rows(f"DESCRIBE {cities}")]  # type: ignore[union-attr]
    assert [[word.strip() for word in line] for line in described] == [
        ["name", "string"],
        ["people", "int"],
        ["area", "double"],
    ]


def test_stop_query_execution_ends_a_query(desk: Desk) -> None:
    query = desk.start(
        "SELECT sum(a.x * b.x) FROM UNNEST(sequence(1, 300000)) AS a(x), UNNEST(sequence(1, 300000)) AS b(x)"
    )
    desk.athena.stop_query_execution(QueryExecutionId=query)
    assert desk.ended(query)["Status"]["State"] == "CANCELLED"
    with pytest.raises(ClientError, match="Final query state: CANCELLED"):
        desk.athena.get_query_results(QueryExecutionId=query)
    assert desk.rows("SELECT 1 AS one")[1:] == [["1"]]


def test_queries_are_listed_newest_first_and_described_together(desk: Desk) -> None:
    queries = [desk.start("SELECT 1") for _ in range(2)]
    listed = desk.athena.list_query_executions(WorkGroup="primary", MaxResults=2)["QueryExecutionIds"]
    assert listed == queries[::-1]
    found = desk.athena.batch_get_query_execution(QueryExecutionIds=[*queries, str(uuid.uuid4())])
    assert [one["QueryExecutionId"] for one in found["QueryExecutions"]] == queries
    assert len(found["UnprocessedQueryExecutionIds"]) == 1


def test_a_caller_reads_only_what_its_role_may(desk: Desk) -> None:
    cities = desk.cities()
    client = allowed(desk, "s3:PutObject", "glue:GetTable", "athena:*")
    found = desk.ended(desk.start(f"SELECT * FROM {cities}", client))
    assert "PERMISSION_DENIED" in found["Status"]["StateChangeReason"]
    assert "s3:GetObject" in found["Status"]["StateChangeReason"]
    client = allowed(desk, "s3:*", "glue:GetTable", "athena:*")
    assert desk.ended(desk.start(f"SELECT * FROM {cities}", client))["Status"]["State"] == "SUCCEEDED"
    client = allowed(desk, "s3:*", "glue:Get*", "athena:*")
    found = desk.ended(desk.start(f"DROP TABLE {cities}", client))
    assert "not authorized to perform: glue:DeleteTable" in found["Status"]["StateChangeReason"]


def allowed(desk: Desk, *actions: str) -> Any:
    """A client of Athena as a role that may do these."""
    import json

    iam, name = desk.live.client("iam"), f"analyst-{uuid.uuid4().hex[:8]}"
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
    keys = desk.live.client("sts").assume_role(RoleArn=role, RoleSessionName="ada")["Credentials"]
    return desk.live.client(
        "athena",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
