"""TLS for real, on 127.0.0.1."""

from __future__ import annotations

import datetime
import http.server
import ipaddress
import ssl
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core import errors
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.connection import Connection
from ansible_collections.octoboot.octopus.plugins.plugin_utils._server.transport import RequestsTransport
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.unit.server.fake_port import KEY


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers everything with an empty object."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


def write_certificate(path: Path, *, days: int) -> Path:
    """Write a self-signed certificate for 127.0.0.1 with its key; it ends in `days`."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.timezone.utc)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "octopus.example.com")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=30))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def certificate(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The server's certificate."""
    return write_certificate(tmp_path / "server.pem", days=getattr(request, "param", 30))


@pytest.fixture
def port(certificate: Path) -> Iterator[int]:
    """Where a TLS server listens."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def status(url: str, **settings: Any) -> int:
    """Ask once."""
    return RequestsTransport(Connection.normalise(url, KEY, **settings), sleep=lambda _seconds: None).request("GET", "/api").status


@pytest.fixture(autouse=True)
def _no_bundle_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)


def test_a_certificate_named_by_its_file_is_trusted(port: int, certificate: Path) -> None:
    assert status(f"https://127.0.0.1:{port}", ca_path=str(certificate)) == 200


def test_a_self_signed_certificate_is_not(port: int) -> None:
    with pytest.raises(errors.TlsFailed, match=r"self-signed.*octopus_ca_path"):
        status(f"https://127.0.0.1:{port}")


def test_a_certificate_for_another_name(port: int, certificate: Path) -> None:
    with pytest.raises(errors.TlsFailed, match="another host name"):
        status(f"https://localhost:{port}", ca_path=str(certificate))


@pytest.mark.parametrize("certificate", [-1], indirect=True)
def test_an_expired_certificate(port: int, certificate: Path) -> None:
    with pytest.raises(errors.TlsFailed, match="has expired"):
        status(f"https://127.0.0.1:{port}", ca_path=str(certificate))


def test_validation_can_be_turned_off_without_noise_whatever_the_environment_says(
    port: int, monkeypatch: pytest.MonkeyPatch, certificate: Path
) -> None:
    other = write_certificate(certificate.with_name("other.pem"), days=30)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert status(f"https://127.0.0.1:{port}", validate_certs=False) == 200
    assert [str(warning.message) for warning in said if "nverified" in str(warning.message)] == []


def test_a_file_without_certificates_is_told(port: int, tmp_path: Path) -> None:
    (tmp_path / "text.pem").write_text("hello")
    with pytest.raises(errors.TlsFailed, match="holds no certificate"):
        status(f"https://127.0.0.1:{port}", ca_path=str(tmp_path / "text.pem"))
