"""The TLS port with real clients: by name, through HTTPS_PROXY, and as a tunnel for those who may."""

from __future__ import annotations

import http.server
import os
import socket
import ssl
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from cryptography import x509

from ormer.gateway.certificates import Authority, existing_roots
from ormer.gateway.proxy_passwords import password_of
from ormer.gateway.tls import Connect, parse_connect


def through_proxy(gateway: Any, service: str, region: str, **more: Any) -> Any:
    """A boto3 client that knows AWS's own host names, and our port only as its proxy."""
    proxy = f"http://127.0.0.1:{gateway.tls_port}"
    return boto3.session.Session().client(
        service,
        region_name=region,
        aws_access_key_id=gateway.key.access_key_id,
        aws_secret_access_key=gateway.key.secret,
        verify=str(gateway.authority.bundle),
        config=Config(proxies={"https": proxy, "http": proxy}, retries={"total_max_attempts": 1}),
        **more,
    )


def test_the_sts_host_that_sdks_hard_code_is_answered_through_the_proxy(gateway: Any) -> None:
    client = through_proxy(gateway, "sts", "us-west-2", endpoint_url="https://sts.us-west-2.amazonaws.com")
    assert client.get_caller_identity()["Account"] == gateway.house.config.account


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_every_aws_host_is_answered_without_an_endpoint_url(gateway: Any, region: str) -> None:
    assert through_proxy(gateway, "sts", region).get_caller_identity()["Account"] == gateway.house.config.account
    assert through_proxy(gateway, "sagemaker", region).list_models()["Models"] == []
    assert through_proxy(gateway, "iam", region).list_roles()["Roles"]


def test_the_port_speaks_tls_and_plain_http_by_the_first_byte(gateway: Any) -> None:
    bundle = str(gateway.authority.bundle)
    for url in (f"https://localhost:{gateway.tls_port}", f"https://127.0.0.1:{gateway.tls_port}"):
        assert requests.get(f"{url}/healthz", verify=bundle, timeout=20).json() == {"status": "ok"}
    plain = requests.get(f"http://127.0.0.1:{gateway.tls_port}/healthz", timeout=20)
    assert plain.json() == {"status": "ok"}


def test_a_client_that_does_not_trust_us_refuses_us(gateway: Any) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"https://localhost:{gateway.tls_port}/healthz", timeout=20)


def test_a_large_body_crosses_tls_whole(gateway: Any) -> None:
    client = gateway.client(
        "sagemaker", endpoint_url=f"https://localhost:{gateway.tls_port}", verify=str(gateway.authority.bundle)
    )
    with pytest.raises(client.exceptions.ClientError) as caught:
        client.describe_pipeline(PipelineName="x" * 3_000_000)
    assert "Member must have length less than or equal to" in caught.value.response["Error"]["Message"]


@pytest.mark.parametrize("style", ["path", "virtual"])
def test_objects_go_up_and_down_over_tls_with_streamed_checksums(gateway: Any, style: str) -> None:
    proxy = f"http://127.0.0.1:{gateway.tls_port}"
    client = boto3.session.Session().client(
        "s3",
        region_name="us-east-1",
        aws_access_key_id=gateway.key.access_key_id,
        aws_secret_access_key=gateway.key.secret,
        verify=str(gateway.authority.bundle),
        config=Config(proxies={"https": proxy}, s3={"addressing_style": style}, retries={"total_max_attempts": 1}),
    )
    bucket, body = f"over-tls-{style}", os.urandom(3_000_000)
    client.create_bucket(Bucket=bucket)
    answer = client.put_object(Bucket=bucket, Key="a b/c+d", Body=body, ChecksumAlgorithm="SHA256")
    # Over TLS botocore sends aws-chunked with a trailer, which plain HTTP never shows.
    assert answer["ChecksumSHA256"]
    got = client.get_object(Bucket=bucket, Key="a b/c+d")
    assert got["Body"].read() == body
    assert "ContentEncoding" not in got
    assert [item["Key"] for item in client.list_objects_v2(Bucket=bucket)["Contents"]] == ["a b/c+d"]
    url = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a b/c+d"})
    fetched = requests.get(url, proxies={"https": proxy}, verify=str(gateway.authority.bundle), timeout=20)
    assert fetched.content == body


@pytest.fixture
def elsewhere() -> Iterator[int]:
    """Some other web server, on a port of its own."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "9")
            self.end_headers()
            self.wfile.write(b"elsewhere")

        def log_message(self, *_: Any) -> None:
            """Keep the test's output quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def connect(gateway: Any, target: str, credential: str = "") -> tuple[socket.socket, bytes]:
    """Ask for a tunnel by hand; returns the connection and the head of the answer."""
    connection = socket.create_connection(("127.0.0.1", gateway.tls_port), timeout=20)
    header = f"Proxy-Authorization: Basic {credential}\r\n" if credential else ""
    connection.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{header}\r\n".encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        part = connection.recv(1)
        if not part:
            break
        head += part
    return connection, head


def basic(user: str, password: str) -> str:
    return requests.auth._basic_auth_str(user, password).partition(" ")[2]


def test_strangers_get_no_tunnel_to_other_hosts(gateway: Any, elsewhere: int) -> None:
    connection, head = connect(gateway, f"127.0.0.1:{elsewhere}")
    connection.close()
    assert head.startswith(b"HTTP/1.1 407")
    assert b"Proxy-Authenticate: Basic" in head
    connection, head = connect(gateway, f"127.0.0.1:{elsewhere}", basic(gateway.key.access_key_id, "wrong"))
    connection.close()
    assert head.startswith(b"HTTP/1.1 403")


def test_a_key_holder_is_tunnelled_to_other_hosts(gateway: Any, elsewhere: int) -> None:
    credential = basic(gateway.key.access_key_id, password_of(gateway.key))
    connection, head = connect(gateway, f"127.0.0.1:{elsewhere}", credential)
    assert head.startswith(b"HTTP/1.1 200")
    connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
    answer = b""
    while part := connection.recv(4096):
        answer += part
    connection.close()
    assert answer.endswith(b"elsewhere")


def test_a_host_that_cannot_be_reached_is_a_502(gateway: Any) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    credential = basic(gateway.key.access_key_id, password_of(gateway.key))
    connection, head = connect(gateway, f"127.0.0.1:{port}", credential)
    connection.close()
    assert head.startswith(b"HTTP/1.1 502")


@pytest.mark.parametrize("host", ["mlflow.sagemaker.us-east-1.app.aws", "us-west-2.experiments.sagemaker.aws"])
def test_the_hosts_of_managed_mlflow_are_answered_with_a_certificate_for_them(gateway: Any, host: str) -> None:
    proxies = {"https": f"http://127.0.0.1:{gateway.tls_port}"}
    url = f"https://{host}/api/2.0/mlflow/experiments/search"
    answer = requests.get(url, proxies=proxies, verify=str(gateway.authority.bundle), timeout=20)
    assert (answer.status_code, answer.json()["error_code"]) == (403, "PERMISSION_DENIED")
    assert "Authentication Token" in answer.json()["message"]


def test_a_host_of_another_managed_application_is_refused_in_words(gateway: Any) -> None:
    credential = basic(gateway.key.access_key_id, password_of(gateway.key))
    connection, head = connect(gateway, "partner.sagemaker.us-east-1.app.aws:443", credential)
    connection.close()
    assert head.startswith(b"HTTP/1.1 501 ormer has no ") and b"managed MLflow" in head


def test_rubbish_on_the_port_harms_nobody(gateway: Any) -> None:
    for rubbish in (b"CONNECT \r\n\r\n", b"CONNECT x y z w\r\n\r\n", b"\x16\x03\x01rubbish", b"CON", b"\x00" * 100):
        with socket.create_connection(("127.0.0.1", gateway.tls_port), timeout=20) as connection:
            connection.sendall(rubbish)
    assert requests.get(f"http://127.0.0.1:{gateway.tls_port}/healthz", timeout=20).status_code == 200


def test_connect_heads_are_read_with_ports_addresses_and_credentials() -> None:
    assert parse_connect(b"CONNECT a.com:8443 HTTP/1.1\r\n\r\n") == Connect("a.com", 8443)
    assert parse_connect(b"CONNECT [::1]:443 HTTP/1.1\r\n\r\n") == Connect("::1", 443)
    head = b"CONNECT a.com:443 HTTP/1.1\r\nproxy-authorization: Basic dXNlcjpwYXNz\r\n\r\n"
    assert parse_connect(head) == Connect("a.com", 443, "user", "pass")
    assert parse_connect(head.replace(b"dXNlcjpwYXNz", b"!!")) == Connect("a.com", 443)
    with pytest.raises(ValueError, match="not a CONNECT"):
        parse_connect(b"GET / HTTP/1.1\r\n\r\n")


def test_keys_are_readable_by_their_owner_only_and_survive_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    first = Authority(folder)
    first.context_for("sts.eu-west-1.amazonaws.com")
    secret = [path for path in folder.iterdir() if b"PRIVATE KEY" in path.read_bytes()]
    assert {path.name for path in secret} >= {"ca-key.pem", "leaf-any.eu-west-1.amazonaws.com.pem"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert Authority(folder).certificate_pem == first.certificate_pem


def test_an_authority_is_made_anew_when_it_may_not_speak_for_a_new_host(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    first = Authority(folder, ("127.0.0.1",))
    assert Authority(folder).certificate_pem == first.certificate_pem
    wider = Authority(folder, ("10.1.2.3", "ormer.example"))
    assert wider.certificate_pem != first.certificate_pem
    assert wider.covers("ormer.example")
    assert Authority(folder, ("10.1.2.3",)).certificate_pem == wider.certificate_pem


def test_the_authority_can_speak_for_aws_and_this_machine_only(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "tls")
    certificate = x509.load_pem_x509_certificate(authority.certificate_pem)
    constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    permitted = constraints.value.permitted_subtrees or []
    assert x509.DNSName("amazonaws.com") in permitted
    assert x509.DNSName("localhost") in permitted
    assert authority.covers("bucket.s3.us-east-1.amazonaws.com")
    assert authority.covers("127.0.0.1")
    for stranger in ("example.com", "amazonaws.com.evil.org", "notamazonaws.com", "10.0.0.1"):
        assert not authority.covers(stranger)


def test_a_host_name_never_becomes_a_path(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "tls")
    before = set(tmp_path.rglob("*"))
    for name in (
        "../../x.amazonaws.com",
        "a/b.amazonaws.com",
        "\x00.amazonaws.com",
        "..amazonaws.com",
        "-.amazonaws.com",
    ):
        assert not authority.covers(name)
        authority.context_for(name)
    assert {path.name for path in set(tmp_path.rglob("*")) - before} <= {"leaf-localhost.pem"}


def test_one_certificate_serves_all_buckets_and_all_services_of_a_region(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "tls")
    first = authority.context_for("one.s3.us-east-1.amazonaws.com")
    assert authority.context_for("two.s3.us-east-1.amazonaws.com") is first
    assert authority.context_for("sts.eu-west-1.amazonaws.com") is authority.context_for("iam.eu-west-1.amazonaws.com")


def test_the_bundle_holds_the_machines_own_roots_and_ours(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "tls")
    bundle = authority.bundle.read_bytes()
    assert authority.certificate_pem in bundle
    assert existing_roots() in bundle
    assert bundle.count(b"BEGIN CERTIFICATE") > 1


def test_a_client_that_names_no_host_gets_the_local_certificate(gateway: Any) -> None:
    context = ssl.create_default_context(cafile=str(gateway.authority.bundle))
    context.check_hostname = False
    with socket.create_connection(("127.0.0.1", gateway.tls_port), timeout=20) as raw:
        with context.wrap_socket(raw) as connection:
            names = dict(connection.getpeercert() or {})["subjectAltName"]
    assert ("DNS", "localhost") in names
    assert ("IP Address", "127.0.0.1") in names
