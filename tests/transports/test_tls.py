"""Certificates: made, kept, made anew, given, and refused."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import stat
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.transports.tls import (
    LIFETIME,
    TlsFiles,
    default_folder,
    local_address,
    names_of_this_machine,
    self_signed,
    today,
)

NAMES = ["localhost", "127.0.0.1", "::1", "desk.local"]


@pytest.fixture
def now() -> datetime:
    return today()


def handshake(files: TlsFiles, name: str) -> str | None:
    """Connect a client that trusts the certificate and checks the name; returns the TLS version."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(files.certificate, files.key)
    client = ssl.create_default_context(cafile=str(files.certificate))
    if hasattr(ssl, "VERIFY_X509_STRICT"):
        client.verify_flags |= ssl.VERIFY_X509_STRICT
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = server.wrap_bio(to_server, to_client, server_side=True)
    theirs = client.wrap_bio(to_client, to_server, server_hostname=name)
    for side in (theirs, ours, theirs, ours, theirs):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return theirs.version()


@pytest.mark.parametrize("name", NAMES)
def test_clients_that_trust_it_can_check_whom_they_talk_to(tmp_path: Path, name: str, now: datetime) -> None:
    files = self_signed(tmp_path / "tls", NAMES, now)
    assert handshake(files, name) == "TLSv1.3"


def test_another_name_is_refused_by_its_clients(tmp_path: Path, now: datetime) -> None:
    files = self_signed(tmp_path, NAMES, now)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(files, "elsewhere.local")


def test_its_key_is_for_its_owner_alone(tmp_path: Path, now: datetime) -> None:
    files = self_signed(tmp_path, NAMES, now)
    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600


def test_it_is_kept(tmp_path: Path, now: datetime) -> None:
    before = self_signed(tmp_path, NAMES, now).certificate.read_bytes()
    assert self_signed(tmp_path, NAMES[:2], now + timedelta(days=300)).certificate.read_bytes() == before


@pytest.mark.parametrize(
    ("names", "later"), [([*NAMES, "192.0.2.7"], timedelta()), (NAMES, LIFETIME - timedelta(days=20))]
)
def test_it_is_made_anew_for_a_new_address_and_before_its_end(
    tmp_path: Path, names: list[str], later: timedelta, now: datetime
) -> None:
    before = self_signed(tmp_path, NAMES, now).certificate.read_bytes()
    assert self_signed(tmp_path, names, now + later).certificate.read_bytes() != before


@pytest.mark.parametrize("damaged", ["certificate.pem", "key.pem"])
def test_it_is_made_anew_when_it_was_damaged(tmp_path: Path, damaged: str, now: datetime) -> None:
    self_signed(tmp_path, NAMES, now)
    (tmp_path / damaged).write_text("nonsense")
    assert handshake(self_signed(tmp_path, NAMES, now), "localhost") == "TLSv1.3"


def test_it_is_no_authority(tmp_path: Path, now: datetime) -> None:
    files = self_signed(tmp_path, NAMES, now)
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == LIFETIME


def test_a_folder_that_cannot_be_written_is_a_mistake(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"server\.tls_self_signed: .*file/tls cannot be written"):
        self_signed(tmp_path / "file" / "tls", NAMES, now)


def test_without_what_makes_certificates_it_is_told_how_to_get_it(
    tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(ConfigError, match=r"pip install 'ovos-voice-agent\[tls\]'"):
        self_signed(tmp_path, NAMES, now)


def test_given_files_that_do_not_exist_are_named(tmp_path: Path, now: datetime) -> None:
    files = self_signed(tmp_path, NAMES, now)
    with pytest.raises(ConfigError, match=r"there is no file .*nowhere\.pem"):
        TlsFiles(tmp_path / "nowhere.pem", files.key).check()
    with pytest.raises(ConfigError, match=r"there is no file .*nowhere\.pem"):
        TlsFiles(files.certificate, tmp_path / "nowhere.pem").check()


def test_given_files_that_do_not_belong_together_are_a_mistake(tmp_path: Path, now: datetime) -> None:
    one, other = self_signed(tmp_path / "one", NAMES, now), self_signed(tmp_path / "other", NAMES, now)
    with pytest.raises(ConfigError, match="cannot be used"):
        TlsFiles(one.certificate, other.key).check()


def test_this_machine_is_named_by_all_that_clients_may_call_it() -> None:
    names = names_of_this_machine()
    assert names[:3] == ["localhost", "127.0.0.1", "::1"]
    if socket.gethostname().isascii():
        assert socket.gethostname() in names
    address = local_address()
    assert address is None or (address in names and not ipaddress.ip_address(address).is_loopback)


def test_certificates_are_kept_where_this_users_programs_keep_their_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert default_folder() == Path("/data/ovos-voice-agent/tls")
    monkeypatch.setenv("XDG_DATA_HOME", "")
    assert default_folder() == Path.home() / ".local/share/ovos-voice-agent/tls"
