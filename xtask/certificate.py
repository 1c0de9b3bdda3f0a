"""A certificate for this machine, and an authority that vouches for it: made anew at every start.

The authority stands in two files: alone, for clients that add it to the roots that they bring, and behind the roots
of the web, for clients that read one file. Reading roots takes time, so a measurement must not spare a client that.
"""

import ipaddress
from datetime import datetime, timedelta, timezone
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

LIFETIME = timedelta(days=7)
LOCALHOST = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]


def make(folder: Path) -> Path:
    """The file with certificate and key of a server on this machine; the authority is in ca.pem and roots.pem beside
    it."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = certificate("An authority of tests", authority_key, "An authority of tests", authority_key, [])
    own = certificate("localhost", key, "An authority of tests", authority_key, LOCALHOST)
    folder.mkdir(parents=True, exist_ok=True)
    ca, roots = pem(authority), Path(certifi.where()).read_bytes()
    (folder / "ca.pem").write_bytes(ca)
    (folder / "roots.pem").write_bytes(roots + b"\n" + ca)
    server = folder / "server.pem"
    server.touch(mode=0o600)
    server.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + pem(own))
    return server


def certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    hosts: list[x509.GeneralName],
) -> x509.Certificate:
    """Vouches for these hosts; without any, it is an authority's."""
    start = datetime.now(timezone.utc) - timedelta(hours=1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=not hosts, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    )
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName(hosts), critical=False)
    return builder.sign(issuer_key, SHA256())


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)
