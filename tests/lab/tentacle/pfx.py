"""The order of the certificates in a PFX, which `cryptography` does not tell: it puts the one with the key first.

Tentacle takes the first one that its system lists, whatever it is (tentacle.md 1.6), so a chain must fail here too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from cryptography import x509
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.serialization import Encoding

_ENCRYPTED_DATA = bytes.fromhex("2a864886f70d010706")
_PBES2 = bytes.fromhex("2a864886f70d01050d")
_PBE_SHA1_3DES = bytes.fromhex("2a864886f70d010c0103")
_PRF_HASHES: dict[bytes, hashes.HashAlgorithm] = {
    bytes.fromhex("2a864886f70d0207"): hashes.SHA1(),
    bytes.fromhex("2a864886f70d0209"): hashes.SHA256(),
}
_AES_BYTES = {bytes.fromhex("60864801650304012a"): 32, bytes.fromhex("608648016503040116"): 24, bytes.fromhex("608648016503040102"): 16}


def in_order(data: bytes, password: str, certificates: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """Return the certificates as they stand in a PFX; as they are given, when its encryption is unknown here."""
    try:
        plain = b"".join(_safe_contents(data, password))
    except (KeyError, IndexError, ValueError):
        return list(certificates)
    return sorted(certificates, key=lambda certificate: plain.find(certificate.public_bytes(Encoding.DER)))


def _safe_contents(data: bytes, password: str) -> list[bytes]:
    outer = _children(_children(data)[0])
    authenticated_safe = _children(_children(_children(outer[1])[1])[0])[0]
    return [_open(_children(info), password) for info in _children(authenticated_safe)]


def _open(content_info: list[bytes], password: str) -> bytes:
    kind, content = content_info
    if kind != _ENCRYPTED_DATA:
        return content
    _, encrypted = _children(_children(content)[0])
    _, algorithm, ciphertext = _children(encrypted)
    scheme, parameters = _children(algorithm)
    return _SCHEMES[scheme](parameters, ciphertext, password)


def _open_pbes2(parameters: bytes, ciphertext: bytes, password: str) -> bytes:
    derivation, encryption = _children(parameters)
    salt, iterations, *rest = _children(_children(derivation)[1])
    cipher, vector = _children(encryption)
    prf = next((_PRF_HASHES[_children(field)[0]] for field in rest if len(field) > 4), hashes.SHA1())
    length = _AES_BYTES[cipher]
    key = PBKDF2HMAC(prf, length, salt, int.from_bytes(iterations, "big")).derive(password.encode())
    return _decrypt(AES(key), vector, ciphertext)


def _open_triple_des(parameters: bytes, ciphertext: bytes, password: str) -> bytes:
    salt, iterations = _children(parameters)
    count = int.from_bytes(iterations, "big")
    key = _pkcs12_key(1, 24, salt, count, password)
    return _decrypt(TripleDES(key), _pkcs12_key(2, 8, salt, count, password), ciphertext)


_SCHEMES: dict[bytes, Callable[[bytes, bytes, str], bytes]] = {_PBES2: _open_pbes2, _PBE_SHA1_3DES: _open_triple_des}


def _decrypt(cipher: BlockCipherAlgorithm, vector: bytes, ciphertext: bytes) -> bytes:
    decryptor = Cipher(cipher, CBC(vector)).decryptor()
    return decryptor.update(ciphertext) + decryptor.finalize()


def _pkcs12_key(purpose: int, length: int, salt: bytes, iterations: int, password: str) -> bytes:
    """Derive a key as RFC 7292 appendix B.2 says, with SHA-1."""
    text = password.encode("utf-16-be") + b"\0\0"
    block = bytearray(_fill(salt) + _fill(text))
    derived = b""
    while len(derived) < length:
        digest = bytes([purpose]) * 64 + bytes(block)
        for _ in range(iterations):
            digest = hashlib.sha1(digest, usedforsecurity=False).digest()
        derived += digest
        addend = int.from_bytes((digest * 4)[:64], "big") + 1
        for start in range(0, len(block), 64):
            value = (int.from_bytes(block[start : start + 64], "big") + addend) % 2**512
            block[start : start + 64] = value.to_bytes(64, "big")
    return derived[:length]


def _fill(data: bytes) -> bytes:
    """Repeat data to whole blocks of 64 bytes."""
    size = -(-len(data) // 64) * 64
    return (data * (size // len(data) + 1))[:size] if data else b""


def _children(data: bytes) -> list[bytes]:
    """Return the contents of the DER elements that stand in `data`, one after the other."""
    found = []
    position = 0
    while position < len(data):
        length = data[position + 1]
        start = position + 2
        if length & 0x80:
            width = length & 0x7F
            length = int.from_bytes(data[start : start + width], "big")
            start += width
        found.append(data[start : start + length])
        position = start + length
    return found
