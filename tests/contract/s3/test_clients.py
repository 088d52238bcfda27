"""The clients people use, unmodified: each writes, lists and reads, and another one sees the same."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import obstore
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq
import pytest
import s3fs
from boto3.s3.transfer import TransferConfig
from botocore.config import Config as ClientConfig
from obstore.exceptions import AlreadyExistsError
from obstore.store import S3Store

from .conftest import REGION, S3Server

MEBIBYTE = 1 << 20


def aws(server: S3Server, *arguments: str, home: Path) -> str:
    """Run the AWS CLI; returns what it prints."""
    command = [sys.executable, "-m", "awscli", *arguments]
    environment = {**os.environ, **server.environment, "HOME": str(home), "AWS_PAGER": ""}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_boto3_transfers_large_files_in_parts_and_reads_them_in_ranges(s3: Any, bucket: str, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(os.urandom(18 * MEBIBYTE + 7))
    config = TransferConfig(multipart_threshold=5 * MEBIBYTE, multipart_chunksize=5 * MEBIBYTE)
    s3.upload_file(str(source), bucket, "deep/er/file", ExtraArgs={"Metadata": {"a": "b"}}, Config=config)
    s3.download_file(bucket, "deep/er/file", str(target), Config=config)
    assert target.read_bytes() == source.read_bytes()
    head = s3.head_object(Bucket=bucket, Key="deep/er/file")
    assert head["ETag"].strip('"').endswith("-4")
    assert head["Metadata"] == {"a": "b"}


def test_boto3_over_tls_streams_chunks_with_trailing_checksums(s3_server: S3Server, s3: Any, bucket: str) -> None:
    client = boto3.session.Session().client(
        "s3",
        endpoint_url=f"https://localhost:{s3_server.tls_port}",
        region_name=REGION,
        aws_access_key_id=s3_server.key.access_key_id,
        aws_secret_access_key=s3_server.key.secret,
        verify=str(s3_server.ca_file),
        config=ClientConfig(retries={"total_max_attempts": 1}),
    )
    body = os.urandom(3 * MEBIBYTE)
    for algorithm in ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"):
        if algorithm in ("CRC32C", "CRC64NVME") and not _has_crt():
            continue
        client.put_object(Bucket=bucket, Key=algorithm, Body=io.BytesIO(body), ChecksumAlgorithm=algorithm)
        answer = s3.get_object(Bucket=bucket, Key=algorithm, ChecksumMode="ENABLED")
        assert answer["Body"].read() == body
        assert answer[f"Checksum{algorithm}"]
        assert "aws-chunked" not in answer.get("ContentEncoding", "")


def test_the_bucket_may_stand_in_the_host_name(s3_server: S3Server, s3: Any, bucket: str) -> None:
    client = s3_server.client(url=f"http://localhost:{s3_server.port}", s3={"addressing_style": "virtual"})
    sent: list[str] = []
    client.meta.events.register("before-send.s3", lambda request, **_: sent.append(request.url))
    client.meta.events.register("before-send.s3", _to_loopback)
    client.put_object(Bucket=bucket, Key="a b/c", Body=b"virtual")
    assert sent[0].startswith(f"http://{bucket}.localhost:")
    assert s3.get_object(Bucket=bucket, Key="a b/c")["Body"].read() == b"virtual"


def test_the_aws_cli_copies_synchronises_and_lists(s3_server: S3Server, s3: Any, bucket: str, tmp_path: Path) -> None:
    folder, back = tmp_path / "folder", tmp_path / "back"
    (folder / "sub dir").mkdir(parents=True)
    (folder / "one.txt").write_text("one")
    (folder / "sub dir" / "zwei ü.txt").write_text("zwei")
    (folder / "large").write_bytes(os.urandom(9 * MEBIBYTE))
    aws(s3_server, "s3", "sync", str(folder), f"s3://{bucket}/up", home=tmp_path)
    listed = aws(s3_server, "s3", "ls", "--recursive", f"s3://{bucket}/", home=tmp_path)
    assert "up/sub dir/zwei ü.txt" in listed
    aws(s3_server, "s3", "sync", f"s3://{bucket}/up", str(back), home=tmp_path)
    assert (back / "large").read_bytes() == (folder / "large").read_bytes()
    aws(s3_server, "s3", "mv", "--recursive", f"s3://{bucket}/up", f"s3://{bucket}/moved", home=tmp_path)
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert keys == ["moved/large", "moved/one.txt", "moved/sub dir/zwei ü.txt"]


def test_pandas_reads_and_writes_through_s3fs(s3_server: S3Server, bucket: str) -> None:
    options = {
        "key": s3_server.key.access_key_id,
        "secret": s3_server.key.secret,
        "client_kwargs": {"endpoint_url": s3_server.url, "region_name": REGION},
    }
    frame = pd.DataFrame({"a": range(1000), "b": [f"row {row}" for row in range(1000)]})
    frame.to_csv(f"s3://{bucket}/data/frame.csv", index=False, storage_options=options)
    frame.to_parquet(f"s3://{bucket}/data/frame.parquet", storage_options=options)
    assert pd.read_csv(f"s3://{bucket}/data/frame.csv", storage_options=options).equals(frame)
    assert pd.read_parquet(f"s3://{bucket}/data/frame.parquet", storage_options=options)["a"].sum() == frame["a"].sum()
    files = s3fs.S3FileSystem(**options, skip_instance_cache=True)
    assert files.ls(f"{bucket}/data") == [f"{bucket}/data/frame.csv", f"{bucket}/data/frame.parquet"]
    body = os.urandom(12 * MEBIBYTE)
    with files.open(f"{bucket}/large", "wb", block_size=5 * MEBIBYTE) as file:
        file.write(body)
    assert files.cat(f"{bucket}/large") == body
    files.mv(f"{bucket}/large", f"{bucket}/moved")
    assert not files.exists(f"{bucket}/large")
    files.rm(f"{bucket}/data", recursive=True)
    assert files.find(bucket) == [f"{bucket}/moved"]


def test_pyarrow_streams_parquet_in_and_out(s3_server: S3Server, bucket: str) -> None:
    files = pa.fs.S3FileSystem(
        access_key=s3_server.key.access_key_id,
        secret_key=s3_server.key.secret,
        endpoint_override=f"127.0.0.1:{s3_server.port}",
        scheme="http",
        region=REGION,
    )
    table = pa.table({"number": list(range(200_000)), "text": [str(row) for row in range(200_000)]})
    pq.write_table(table, f"{bucket}/dir/table.parquet", filesystem=files)
    assert pq.read_table(f"{bucket}/dir/table.parquet", filesystem=files).equals(table)
    body = os.urandom(11 * MEBIBYTE)
    with files.open_output_stream(f"{bucket}/dir/stream") as stream:
        stream.write(body)
    assert files.open_input_file(f"{bucket}/dir/stream").read() == body
    found = files.get_file_info(pa.fs.FileSelector(f"{bucket}/dir"))
    assert sorted(info.base_name for info in found) == ["stream", "table.parquet"]
    files.delete_dir(f"{bucket}/dir")
    assert files.get_file_info(f"{bucket}/dir/stream").type == pa.fs.FileType.NotFound


def test_polars_scans_and_sinks(s3_server: S3Server, bucket: str) -> None:
    options = {
        "aws_access_key_id": s3_server.key.access_key_id,
        "aws_secret_access_key": s3_server.key.secret,
        "aws_endpoint_url": s3_server.url,
        "aws_region": REGION,
        "aws_allow_http": "true",
    }
    frame = pl.DataFrame({"a": list(range(50_000)), "b": [row * 0.5 for row in range(50_000)]})
    frame.lazy().sink_parquet(f"s3://{bucket}/frames/one.parquet", storage_options=options)
    frame.write_parquet(f"s3://{bucket}/frames/two.parquet", storage_options=options)
    found = pl.scan_parquet(f"s3://{bucket}/frames/*.parquet", storage_options=options)
    assert found.select(pl.col("a").sum()).collect().item() == 2 * sum(range(50_000))


def test_obstore_puts_lists_copies_and_deletes(s3_server: S3Server, s3: Any, bucket: str) -> None:
    store = S3Store(
        bucket,
        endpoint=s3_server.url,
        region=REGION,
        access_key_id=s3_server.key.access_key_id,
        secret_access_key=s3_server.key.secret,
        client_options={"allow_http": True},
    )
    obstore.put(store, "small", b"small")
    with pytest.raises(AlreadyExistsError):
        obstore.put(store, "small", b"again", mode="create")
    body = os.urandom(12 * MEBIBYTE)
    obstore.put(store, "dir/large", body)
    assert bytes(obstore.get(store, "dir/large").bytes()) == body
    assert bytes(obstore.get_range(store, "dir/large", start=100, end=200)) == body[100:200]
    obstore.copy(store, "small", "dir/copy")
    listed = obstore.list_with_delimiter(store)
    assert [item["path"] for item in listed["objects"]] == ["small"]
    assert list(listed["common_prefixes"]) == ["dir"]
    obstore.delete(store, ["small", "dir/large", "dir/copy"])
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_curl_reads_and_writes_by_presigned_urls(
    s3_server: S3Server, bucket: str, tmp_path: Path, version: str
) -> None:
    client = s3_server.client(signature_version=version)
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(os.urandom(2 * MEBIBYTE + 1))
    params = {"Bucket": bucket, "Key": "pre signed/ü"}
    upload = client.generate_presigned_url("put_object", Params=params)
    _curl("-T", str(source), upload)
    download = client.generate_presigned_url(
        "get_object", Params={**params, "ResponseContentType": "text/x-own"}, ExpiresIn=60
    )
    head = _curl("-D", "-", "-o", str(target), download)
    assert target.read_bytes() == source.read_bytes()
    assert "content-type: text/x-own" in head.lower()
    assert _curl("-o", "/dev/null", "-w", "%{http_code}", download.replace("pre", "pro"), fails=True) == "403"


def _curl(*arguments: str, fails: bool = False) -> str:
    command = ["curl", "-sS", *([] if fails else ["-f"]), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def _has_crt() -> bool:
    """botocore counts CRC32C and CRC64NVME only with AWS's own C library."""
    from botocore.compat import HAS_CRT

    return bool(HAS_CRT)


def _to_loopback(request: Any, **_: Any) -> None:
    """`bucket.localhost` is this machine, which not every resolver knows; the signed Host header stays."""
    host, _, rest = request.url.removeprefix("http://").partition("/")
    request.headers["Host"] = host
    request.url = f"http://127.0.0.1:{host.rpartition(':')[2]}/{rest}"
