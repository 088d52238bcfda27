"""Browsers: preflights by the bucket's rules and the server's own origin."""

from __future__ import annotations

from typing import Any

import requests

from .conftest import S3Server

RULES = {
    "CORSRules": [
        {
            "AllowedMethods": ["GET", "PUT"],
            "AllowedOrigins": ["https://*.example.com"],
            "AllowedHeaders": ["x-amz-*"],
            "ExposeHeaders": ["ETag"],
            "MaxAgeSeconds": 60,
        }
    ]
}


def preflight(server: S3Server, bucket: str, origin: str, method: str = "PUT", names: str = "") -> requests.Response:
    headers = {"Origin": origin, "Access-Control-Request-Method": method}
    if names:
        headers["Access-Control-Request-Headers"] = names
    return requests.options(f"{server.url}/{bucket}/k", headers=headers, timeout=10)


def test_a_bucket_without_rules_allows_no_page(s3_server: S3Server, bucket: str) -> None:
    answer = preflight(s3_server, bucket, "https://app.example.com")
    assert answer.status_code == 403
    assert b"<Code>AccessForbidden</Code>" in answer.content


def test_a_rule_allows_what_it_says_and_no_more(s3_server: S3Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration=RULES)
    allowed = preflight(s3_server, bucket, "https://app.example.com", names="x-amz-date, X-Amz-Content-Sha256")
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == "https://app.example.com"
    assert allowed.headers["access-control-allow-methods"] == "GET, PUT"
    assert allowed.headers["access-control-allow-headers"] == "x-amz-date, X-Amz-Content-Sha256"
    assert allowed.headers["access-control-max-age"] == "60"
    for origin, method, names in (
        ("https://example.org", "PUT", ""),
        ("https://app.example.com", "DELETE", ""),
        ("https://app.example.com", "PUT", "authorization"),
    ):
        assert preflight(s3_server, bucket, origin, method, names).status_code == 403


def test_answers_carry_the_rules_headers_even_when_they_refuse(s3_server: S3Server, s3: Any, bucket: str) -> None:
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration=RULES)
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello")
    origin = {"Origin": "https://app.example.com"}
    for key, status in (("k", 200), ("absent", 404)):
        url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key})
        answer = requests.get(url, headers=origin, timeout=10)
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, origin["Origin"])
        assert answer.headers["access-control-expose-headers"] == "ETag"
    other = requests.get(url, headers={"Origin": "https://example.org"}, timeout=10)
    assert "access-control-allow-origin" not in other.headers


def test_the_servers_own_pages_may_use_every_bucket(s3_server: S3Server, bucket: str) -> None:
    own = preflight(s3_server, bucket, s3_server.url, "DELETE", "authorization,x-amz-date")
    assert (own.status_code, own.headers["access-control-allow-origin"]) == (200, s3_server.url)
    loopback = f"http://localhost:{s3_server.port}"
    assert preflight(s3_server, bucket, loopback).status_code == 200
    assert preflight(s3_server, bucket, "http://localhost:1").status_code == 403
