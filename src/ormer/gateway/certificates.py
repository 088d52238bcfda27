"""Our own certificate authority: constrained to AWS's names and this machine, leaves made when a name is asked for.

Clients trust it through a bundle file that holds the machine's existing roots as well; nothing is installed anywhere.
"""

from __future__ import annotations

import ipaddress
import os
import re
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import botocore
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AWS_DOMAIN = "amazonaws.com"
AWS_DOMAINS = (AWS_DOMAIN, "amazonaws.com.cn", "aws.dev", "api.aws")
# Where clients of managed MLflow find tracking servers and apps; AWS has other applications in these domains.
MLFLOW_HOST = re.compile(r"(?:[a-z0-9-]+\.)?experiments\.sagemaker\.aws|mlflow\.sagemaker\.[a-z0-9-]+\.app\.aws")
MLFLOW_DOMAINS = ("experiments.sagemaker.aws", "app.aws")
# What a client may ask for; names become file names, so nothing else gets through.
HOST_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(\.[a-z0-9_-]{1,63})+")
# More regions, and buckets with dots in their names, than one machine talks to at a time.
LEAVES_MAX = 512
LOCAL_NAMES = ("localhost", "ormer.local")
LOOPBACK_NETWORKS = ("127.0.0.0/8", "::1/128")

CA_LIFETIME = timedelta(days=3650)
# Some clients refuse leaves that live longer than this. https://support.apple.com/en-us/102028
LEAF_LIFETIME = timedelta(days=397)
RENEW_BEFORE = timedelta(days=30)
# Certificates are backdated, so that a client whose clock is a little late accepts them.
BACKDATING = timedelta(hours=1)


class Authority:
    """The authority whose key and certificates live in `folder` (mode 0700, keys 0600)."""

    def __init__(self, folder: Path, extra_hosts: tuple[str, ...] = ()) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._extra_hosts = extra_hosts
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()
        self._key, self._certificate = self._load_or_make()
        self.bundle = folder / "ca-bundle.pem"
        _write(self.bundle, existing_roots() + b"\n" + self.certificate_pem, 0o644)

    @property
    def certificate_pem(self) -> bytes:
        """The authority's own certificate, for clients that keep trust stores of their own."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    def covers(self, host: str) -> bool:
        """Whether the authority may and will speak for this host."""
        return is_aws_host(host) or is_local_host(host) or host in self._extra_hosts

    def context_for(self, host: str) -> ssl.SSLContext:
        """A server context with a certificate for `host`; one for localhost when the authority does not cover it."""
        name = certificate_name(host.lower()) if self.covers(host.lower()) else "localhost"
        with self._lock:
            if name not in self._contexts:
                if len(self._contexts) >= LEAVES_MAX:
                    self._contexts.clear()
                self._contexts[name] = self._make_context(name)
            return self._contexts[name]

    def server_context(self) -> ssl.SSLContext:
        """A context that picks the certificate by the name the client asks for (SNI)."""
        context = _server_context(self._leaf_file("localhost"))

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            if name:
                connection.context = self.context_for(name)

        context.sni_callback = choose
        return context

    def _make_context(self, name: str) -> ssl.SSLContext:
        return _server_context(self._leaf_file(name))

    def _leaf_file(self, name: str) -> Path:
        """The PEM file with key and certificate of one name, made anew when it is absent or nearly over."""
        path = self._folder / f"leaf-{name.replace(':', '_').replace('*.', 'any.')}.pem"
        if path.exists() and _is_fresh(path.read_bytes(), self._certificate):
            return path
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder(name, key.public_key(), LEAF_LIFETIME)
            .issuer_name(self._certificate.subject)
            .add_extension(x509.SubjectAlternativeName(_alternative_names(name)), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        pem = _pem(key) + certificate.public_bytes(serialization.Encoding.PEM) + self.certificate_pem
        _write(path, pem, 0o600)
        return path

    def _load_or_make(self) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
        key_file, certificate_file = self._folder / "ca-key.pem", self._folder / "ca.pem"
        if key_file.exists() and certificate_file.exists():
            known = x509.load_pem_x509_certificate(certificate_file.read_bytes())
            if _still_serves(known, self._extra_hosts):
                key = serialization.load_pem_private_key(key_file.read_bytes(), None)
                assert isinstance(key, ec.EllipticCurvePrivateKey), f"{key_file} is not the key ormer made"
                return key, known
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ormer local authority")])
        certificate = (
            _builder("ormer local authority", key.public_key(), CA_LIFETIME)
            .issuer_name(subject)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(), critical=True)
            .add_extension(_name_constraints(self._extra_hosts), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        _write(key_file, _pem(key), 0o600)
        _write(certificate_file, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
        return key, certificate


def certificate_name(host: str) -> str:
    """The name a host's certificate is made out to: one wildcard serves all of a region's services, or all buckets."""
    if is_local_host(host):
        return "localhost" if not _is_address(host) or host == "127.0.0.1" else host
    return f"*.{host.partition('.')[2]}" if is_aws_host(host) and host not in AWS_DOMAINS else host


def is_aws_host(host: str) -> bool:
    """Whether a host name (without port) belongs to AWS's service domains."""
    name = host.lower()
    if HOST_NAME.fullmatch(name) is None:
        return False
    return is_mlflow_host(name) or any(name == domain or name.endswith(f".{domain}") for domain in AWS_DOMAINS)


def is_mlflow_host(host: str) -> bool:
    """Whether a host name (without port) is one of managed MLflow's."""
    return MLFLOW_HOST.fullmatch(host.lower()) is not None


def is_local_host(host: str) -> bool:
    """Whether a host is this machine by name or loopback address."""
    if _is_address(host):
        return ipaddress.ip_address(host).is_loopback
    return host in LOCAL_NAMES


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def existing_roots() -> bytes:
    """The certificates clients here trust already: the person's own setting, else the system's, else botocore's."""
    paths = [os.environ.get("SSL_CERT_FILE"), ssl.get_default_verify_paths().cafile]
    found = next((Path(path) for path in paths if path and Path(path).is_file()), None)
    return (found or Path(botocore.__file__).with_name("cacert.pem")).read_bytes()


def _builder(name: str, key: ec.EllipticCurvePublicKey, lifetime: timedelta) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    # A common name holds 64 characters; clients read the alternative names anyway.
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATING)
        .not_valid_after(now + lifetime)
    )


def _alternative_names(name: str) -> list[x509.GeneralName]:
    if name == "localhost":
        addresses = [x509.IPAddress(ipaddress.ip_address(text)) for text in ("127.0.0.1", "::1")]
        names = [x509.DNSName(name) for name in (*LOCAL_NAMES, *(f"*.{name}" for name in LOCAL_NAMES))]
        return [*names, *addresses]
    try:
        return [x509.IPAddress(ipaddress.ip_address(name))]
    except ValueError:
        return [x509.DNSName(name)]


def _name_constraints(extra_hosts: tuple[str, ...]) -> x509.NameConstraints:
    """Even a stolen key can speak for no other site."""
    names = [x509.DNSName(name) for name in (*AWS_DOMAINS, *MLFLOW_DOMAINS, *LOCAL_NAMES)]
    networks = [x509.IPAddress(ipaddress.ip_network(network)) for network in LOOPBACK_NETWORKS]
    return x509.NameConstraints([*names, *networks, *(_constraint(host) for host in extra_hosts)], None)


def _still_serves(certificate: x509.Certificate, extra_hosts: tuple[str, ...]) -> bool:
    """Whether an authority made earlier is not over and may speak for the hosts asked for now."""
    constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    permitted = set(constraints.permitted_subtrees or [])
    fresh = certificate.not_valid_after_utc - LEAF_LIFETIME > datetime.now(UTC)
    return fresh and permitted >= set(_name_constraints(extra_hosts).permitted_subtrees or [])


def _constraint(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_network(host))
    except ValueError:
        return x509.DNSName(host)


def _key_usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _is_fresh(pem: bytes, issuer: x509.Certificate) -> bool:
    certificates = x509.load_pem_x509_certificates(pem)
    ours = certificates[-1].fingerprint(hashes.SHA256()) == issuer.fingerprint(hashes.SHA256())
    return ours and certificates[0].not_valid_after_utc - RENEW_BEFORE > datetime.now(UTC)


def _server_context(file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(file)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    """Replace a file at once, never readable by more people than `mode` says."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    os.replace(temporary, path)
