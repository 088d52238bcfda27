"""Signatures made by botocore's own signers hold here, and break when anything they cover changes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from ormer.aws.clock import ManualClock, WallClock
from ormer.aws.errors import AwsError
from ormer.aws.identities import root_identity
from ormer.gateway import git_passwords, virtual_hosts
from ormer.gateway.messages import Request
from ormer.gateway.sigv4 import Authenticator
from ormer.stores.keys import Key

KEY = Key("AKIAEXAMPLE", "the/secret+of=it", None, None, root_identity("123456789012"))
SESSION = Key("ASIAEXAMPLE", "another secret", "token/with+odd=characters", 2_000_000_000.0, KEY.identity)


class KnownKeys:
    """A key store of two keys."""

    def lookup(self, access_key_id: str) -> Key | None:
        return {key.access_key_id: key for key in (KEY, SESSION)}.get(access_key_id)


def authenticator(now: float | None = None, calendar: float = 1_700_000_000.0) -> Authenticator:
    wall = WallClock() if now is None else ManualClock(now)
    return Authenticator(KnownKeys(), wall, ManualClock(calendar))


def credentials(key: Key) -> Credentials:
    return Credentials(key.access_key_id, key.secret, key.session_token)


def received(method: str, url: str, headers: dict[str, Any], body: bytes = b"") -> Request:
    """A signed request as the gateway receives it."""
    parts = urlsplit(url)
    lower = {
        name.lower(): value.decode() if isinstance(value, bytes) else str(value) for name, value in headers.items()
    }
    lower.setdefault("host", parts.netloc)
    request = Request(method, parts.path, parts.query, lower, body=body)
    request.route_path = virtual_hosts.route_path(request)
    return request


def header_signed(
    service: str, method: str, url: str, headers: dict[str, str] | None = None, body: bytes = b"", key: Key = KEY
) -> Request:
    request = AWSRequest(method, url, headers=headers or {}, data=body)
    signer = auth.S3SigV4Auth if service == "s3" else auth.SigV4Auth
    signer(credentials(key), service, "us-east-1").add_auth(request)
    return received(method, request.url, dict(request.headers), body)


SHAPES: list[tuple[str, str, str, dict[str, str], bytes]] = [
    ("s3", "PUT", "http://127.0.0.1:4590/b/a/b%20c%2B%C3%A9%3D~%2A%27%28%29", {}, b"bytes"),
    ("s3", "GET", "http://127.0.0.1:4590/b/x//y/../z/./", {}, b""),
    ("s3", "GET", "http://127.0.0.1:4590/b?list-type=2&prefix=a%20b%2Fc&delimiter=%2F&empty", {}, b""),
    ("s3", "PUT", "http://127.0.0.1:4590/b/k", {"x-amz-meta-name": "two  spaces   here"}, b"x"),
    ("s3", "GET", "https://bucket.s3.us-east-1.amazonaws.com/key%20one", {}, b""),
    ("sagemaker", "POST", "http://127.0.0.1:4590/", {"X-Amz-Target": "SageMaker.ListModels"}, b"{}"),
    (
        "sagemaker",
        "POST",
        "http://127.0.0.1:4590/endpoints/a%20name/invocations",
        {"X-Amzn-SageMaker-Custom-Attributes": "a=1;  b =  2"},
        b"1,2,3",
    ),
    (
        "iam",
        "POST",
        "http://127.0.0.1:4590/",
        {"Content-Type": "application/x-www-form-urlencoded"},
        b"Action=ListRoles",
    ),
    ("lambda", "GET", "http://127.0.0.1:4590/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Af", {}, b""),
    ("sagemaker", "GET", "http://127.0.0.1:4590/a//b/../c/?z=1&a=2&a=1", {}, b""),
]


@pytest.mark.parametrize("key", [KEY, SESSION], ids=["key", "session"])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape[0]} {shape[1]} {urlsplit(shape[2]).path[:30]}")
def test_every_shape_botocore_signs_holds(shape: tuple[str, str, str, dict[str, str], bytes], key: Key) -> None:
    request = header_signed(*shape, key=key)
    assert authenticator().verify(request, shape[0]).key == key


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape[0]} {shape[1]} {urlsplit(shape[2]).path[:30]}")
def test_a_signature_breaks_when_anything_it_covers_changes(
    shape: tuple[str, str, str, dict[str, str], bytes],
) -> None:
    good = header_signed(*shape)
    changed = [
        replace(good, method="DELETE"),
        replace(good, raw_path=good.raw_path + "x"),
        replace(good, query_string=good.query_string + "&more=1"),
        replace(good, headers=good.headers | {"host": "elsewhere"}),
        replace(good, headers=good.headers | {"x-amz-added": "1"}),
    ]
    if shape[0] != "s3":
        changed.append(replace(good, body=good.body + b"x"))
    else:
        changed.append(replace(good, headers=good.headers | {"x-amz-content-sha256": "0" * 64}))
    for request in changed:
        with pytest.raises(AwsError) as caught:
            authenticator().verify(request, shape[0])
        assert caught.value.status == 403


def test_the_payload_of_s3_is_what_the_signature_says() -> None:
    signed = authenticator().verify(header_signed("s3", "PUT", "http://h/b/k", body=b"bytes"), "s3")
    assert signed.payload == hashlib.sha256(b"bytes").hexdigest()


@pytest.mark.parametrize(
    ("service", "code", "text"),
    [
        ("s3", "RequestTimeTooSkewed", "too large"),
        ("iam", "SignatureDoesNotMatch", "Signature expired"),
        ("sagemaker", "InvalidSignatureException", "Signature expired"),
    ],
)
def test_a_clock_sixteen_minutes_off_is_refused_and_fourteen_is_not(service: str, code: str, text: str) -> None:
    request = header_signed(service, "POST", "http://h/")
    now = time.time()
    assert authenticator(now + 14 * 60).verify(request, service).key == KEY
    assert authenticator(now - 14 * 60).verify(request, service).key == KEY
    with pytest.raises(AwsError) as caught:
        authenticator(now + 16 * 60).verify(request, service)
    assert (caught.value.code, caught.value.status) == (code, 403)
    assert text in caught.value.message
    with pytest.raises(AwsError) as caught:
        authenticator(now - 16 * 60).verify(request, service)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("service", "code"), [("s3", "ExpiredToken"), ("sts", "ExpiredToken"), ("sagemaker", "ExpiredTokenException")]
)
def test_a_session_expires_by_the_calendar(service: str, code: str) -> None:
    request = header_signed(service, "POST", "http://h/", key=SESSION)
    assert authenticator(calendar=1_999_999_999.0).verify(request, service).key == SESSION
    with pytest.raises(AwsError) as caught:
        authenticator(calendar=2_000_000_000.0).verify(request, service)
    assert caught.value.code == code


def test_a_credential_for_another_service_is_refused() -> None:
    with pytest.raises(AwsError) as caught:
        authenticator().verify(header_signed("iam", "POST", "http://h/"), "sagemaker")
    assert "Credential should be scoped to correct service: 'sagemaker'" in caught.value.message


@pytest.mark.parametrize(
    "header",
    ["AWS4-HMAC-SHA256", "Basic YTpi", "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=" + "0" * 64],
)
def test_a_header_that_cannot_be_read_is_refused(header: str) -> None:
    request = received("POST", "http://h/", {"Authorization": header, "X-Amz-Date": "20260101T000000Z"})
    with pytest.raises(AwsError) as caught:
        authenticator().verify(request, "sagemaker")
    assert caught.value.code == "IncompleteSignatureException"


def presigner(version: str, key: Key = KEY, **options: Any) -> Callable[..., str]:
    """boto3's generate_presigned_url of one signature version."""
    session = boto3.session.Session(key.access_key_id, key.secret, key.session_token, "us-east-1")
    config = Config(signature_version=version, **options)
    client = session.client("s3", endpoint_url=None if options.get("s3") else "http://127.0.0.1:4590", config=config)
    made: Callable[..., str] = client.generate_presigned_url
    return made


@pytest.mark.parametrize("key", [KEY, SESSION], ids=["key", "session"])
@pytest.mark.parametrize("version", ["s3", "s3v4"])
@pytest.mark.parametrize("virtual", [False, True], ids=["path", "virtual"])
def test_presigned_urls_of_both_versions_hold_until_they_expire(version: str, virtual: bool, key: Key) -> None:
    options = {"s3": {"addressing_style": "virtual"}} if virtual else {}
    params = {"Bucket": "bucket", "Key": "a b/c+d é", "ResponseContentType": "text/plain; x=y"}
    url = presigner(version, key, **options)("get_object", Params=params, ExpiresIn=60)
    request = received("GET", url, {})
    assert authenticator().verify(request, "s3").payload == "UNSIGNED-PAYLOAD"
    for broken in (
        replace(request, method="PUT"),
        replace(request, query_string=request.query_string + "&versionId=1"),
    ):
        with pytest.raises(AwsError) as caught:
            authenticator().verify(broken, "s3")
        assert caught.value.code == "SignatureDoesNotMatch"
    with pytest.raises(AwsError) as caught:
        authenticator(time.time() + 62).verify(request, "s3")
    assert (caught.value.code, caught.value.message) == ("AccessDenied", "Request has expired")


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_presigned_upload_holds_the_headers_it_was_made_with(version: str) -> None:
    params = {"Bucket": "b", "Key": "k", "ContentType": "text/csv", "Metadata": {"a": "1"}}
    url = presigner(version)("put_object", Params=params)
    headers = {"Content-Type": "text/csv", "x-amz-meta-a": "1"}
    assert authenticator().verify(received("PUT", url, headers), "s3").key == KEY
    with pytest.raises(AwsError):
        authenticator().verify(received("PUT", url, headers | {"Content-Type": "text/html"}), "s3")


def test_a_presigned_url_may_last_a_week_and_no_longer() -> None:
    request = AWSRequest("GET", "http://h/b/k")
    auth.S3SigV4QueryAuth(credentials(KEY), "s3", "us-east-1", expires=700_000).add_auth(request)
    with pytest.raises(AwsError) as caught:
        authenticator().verify(received("GET", request.url, {}), "s3")
    assert "X-Amz-Expires" in caught.value.message


def test_a_presigned_sts_call_holds() -> None:
    request = AWSRequest("GET", "http://h/?Action=GetCallerIdentity&Version=2011-06-15")
    auth.SigV4QueryAuth(credentials(SESSION), "sts", "us-east-1").add_auth(request)
    assert authenticator().verify(received("GET", request.url, {}), "sts").key == SESSION


def git_password(key: Key, host: str, region: str, at: datetime) -> str:
    """What the AWS CLI's credential helper and git-remote-codecommit compute."""
    signer = auth.SigV4Auth(credentials(key), "codecommit", region)
    request = AWSRequest("GIT", f"https://{host}/v1/repos/abalone")
    request.context["timestamp"] = at.strftime("%Y%m%dT%H%M%S")
    text = signer.string_to_sign(request, f"GIT\n/v1/repos/abalone\n\nhost:{host}\n\nhost\n")
    return f"{request.context['timestamp']}Z{signer.signature(text, request)}"


@pytest.mark.parametrize("signed_host", ["127.0.0.1:4591", "127.0.0.1"])
@pytest.mark.parametrize("key", [KEY, SESSION], ids=["key", "session"])
def test_git_passwords_hold_with_and_without_the_port(signed_host: str, key: Key) -> None:
    password = git_password(key, signed_host, "eu-west-1", datetime.now(UTC))
    user = key.access_key_id + (f"%{key.session_token}" if key.session_token else "")
    assert git_passwords.verify(authenticator(), user, password, "127.0.0.1:4591", "/v1/repos/abalone") == key
    with pytest.raises(AwsError):
        git_passwords.verify(authenticator(), user, password, "127.0.0.1:4591", "/v1/repos/other")
    with pytest.raises(AwsError):
        git_passwords.verify(authenticator(), user, "wrong", "127.0.0.1:4591", "/v1/repos/abalone")


def test_an_old_git_password_is_refused() -> None:
    password = git_password(KEY, "h", "us-east-1", datetime.now(UTC) - timedelta(minutes=16))
    with pytest.raises(AwsError):
        git_passwords.verify(authenticator(), KEY.access_key_id, password, "h", "/v1/repos/abalone")


def test_base64_of_a_v2_signature_may_hold_a_plus() -> None:
    # A quarter of all V2 signatures holds one; it must survive the query's decoding.
    sign = presigner("s3")
    urls = [sign("get_object", Params={"Bucket": "b", "Key": f"k{at}"}) for at in range(40)]
    assert any("%2B" in url.partition("Signature=")[2].partition("&")[0] for url in urls)
    assert all(authenticator().verify(received("GET", url, {}), "s3").key == KEY for url in urls)
