"""TLS of this server: given certificates, or one that it makes for itself and keeps.

A self-signed certificate names this machine and its addresses, so that a client that is told to trust it can also check
whom it talks to. It is kept, because whoever trusts it does so once; a new one is made when it is about to end, or when
the machine has an address that it does not name. To make one takes the optional `cryptography` (`[tls]`); given ones
need nothing.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ovos_voice_agent.errors import ConfigError

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

LIFETIME = timedelta(days=397)
"""The longest that browsers take."""
RENEWED_BEFORE_END = timedelta(days=30)
_ALLOWED_CLOCK_DIFFERENCE = timedelta(days=1)
"""Phones whose clock is behind must not meet a certificate of the future."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files: the certificate with what stands above it, and its private key."""

    certificate: Path
    key: Path

    def check(self) -> None:
        """Raises ConfigError when they cannot be read or do not belong together."""
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self.certificate, self.key, password=_no_password)
        except FileNotFoundError as error:
            missing = self.certificate if not self.certificate.exists() else self.key
            raise ConfigError([f"server.tls_cert, server.tls_key: there is no file {missing}"]) from error
        except OSError as error:
            reason = getattr(error, "reason", None) or error.strerror or str(error)
            message = f"server.tls_cert, server.tls_key: {self.certificate} and {self.key} cannot be used: {reason}"
            raise ConfigError([message]) from error


def _no_password() -> str:
    """OpenSSL would ask the terminal for it."""
    return ""


def default_folder() -> Path:
    """Where a certificate of our own is kept, as other programs of this user keep theirs."""
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data).expanduser() / "ovos-voice-agent" / "tls"


def self_signed(folder: Path, names: Iterable[str], now: datetime) -> TlsFiles:
    """The certificate kept in `folder` for these host names and addresses, made where there is none that fits.

    Raises ConfigError when the folder cannot be written, or what makes certificates is not installed.
    """
    _check_installed()
    files = TlsFiles(folder / "certificate.pem", folder / "key.pem")
    wanted = list(dict.fromkeys(names))
    if not _fits(files, wanted, now):
        try:
            _make(files, wanted, now)
        except OSError as error:
            message = f"server.tls_self_signed: {folder} cannot be written: {error.strerror}"
            raise ConfigError([message]) from error
    return files


def names_of_this_machine() -> list[str]:
    """What clients call this machine: its name, here and in the local network, and its addresses."""
    name = socket.gethostname()
    own = [name] if "." in name else [name, f"{name}.local"]
    return ["localhost", "127.0.0.1", "::1", *filter(str.isascii, own), *filter(None, [local_address()])]


def local_address() -> str | None:
    """This machine's address in the local network, None when it is in none. Nothing is sent to find it out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address of documentation: only the route to it is looked up
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return None if ipaddress.ip_address(address).is_loopback else address


# --------------------------------------------------------------------------------------------------------- certificates


def _check_installed() -> None:
    if find_spec("cryptography") is None:
        problem = "server.tls_self_signed: needs what makes certificates (pip install 'ovos-voice-agent[tls]')"
        raise ConfigError([f"{problem}, or give one as server.tls_cert and server.tls_key"])


def _fits(files: TlsFiles, names: list[str], now: datetime) -> bool:
    from cryptography import x509

    try:
        files.check()
        certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
        alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ConfigError, ValueError, x509.ExtensionNotFound):
        return False
    named = {str(alternative.value) for alternative in alternatives}
    return set(names) <= named and certificate.not_valid_after_utc - now > RENEWED_BEFORE_END


def _make(files: TlsFiles, names: list[str], now: datetime) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = ec.generate_private_key(ec.SECP256R1())
    files.key.parent.mkdir(parents=True, exist_ok=True)
    _write_private(files.key, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    files.certificate.write_bytes(_certificate(key, names, now).public_bytes(Encoding.PEM))


def _write_private(path: Path, content: bytes) -> None:
    """For this user's eyes alone, from the first byte on."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _certificate(key: ec.EllipticCurvePrivateKey, names: list[str], now: datetime) -> x509.Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ovos-voice-agent")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _ALLOWED_CLOCK_DIFFERENCE)
        .not_valid_after(now - _ALLOWED_CLOCK_DIFFERENCE + LIFETIME)
    )
    for extension, critical in _extensions(key, names):
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(key, hashes.SHA256())


def _extensions(key: ec.EllipticCurvePrivateKey, names: list[str]) -> Iterator[tuple[x509.ExtensionType, bool]]:
    """It is no authority: who trusts it trusts this server, and nothing that is signed with its key."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    yield x509.SubjectAlternativeName([_general_name(name) for name in names]), False
    yield x509.BasicConstraints(ca=False, path_length=None), True
    yield x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False
    yield identifier, False
    yield x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), False


def _general_name(name: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def today() -> datetime:
    """Now, as certificates count it."""
    return datetime.now(UTC)
