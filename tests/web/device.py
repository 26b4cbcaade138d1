"""A device that keeps a passkey, as real as a test needs it: its own keys and signatures (W3C Web Authentication, ES256)."""

from __future__ import annotations

import json
import secrets
import struct
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url as text

PRESENT, VERIFIED, ATTESTED = 1, 4, 64


@dataclass
class Device:
    """A key for one place. What a thief or a forger would change are fields."""

    origin: str = "https://testserver"
    place: str = "testserver"
    flags: int = PRESENT | VERIFIED
    count: int = 0
    number: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    handle: str = ""

    def make(self, options: dict[str, Any]) -> str:
        """The answer to ``navigator.credentials.create``."""
        self.handle = options["user"]["id"]
        point = self.key.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)})
        kept = bytes(16) + struct.pack(">H", len(self.number)) + self.number + public
        stated = cbor2.dumps(
            {"fmt": "none", "attStmt": {}, "authData": self._data(self.flags | ATTESTED) + kept}
        )
        client = self._client("webauthn.create", options["challenge"])
        return self._answer({"clientDataJSON": text(client), "attestationObject": text(stated)})

    def show(self, options: dict[str, Any]) -> str:
        """The answer to ``navigator.credentials.get``."""
        self.count += 1
        data, client = self._data(self.flags), self._client("webauthn.get", options["challenge"])
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": text(client),
                "authenticatorData": text(data),
                "signature": text(signature),
                "userHandle": self.handle,
            }
        )

    def _data(self, flags: int) -> bytes:
        return sha256(self.place.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, response: dict[str, str]) -> str:
        number = text(self.number)
        return json.dumps(
            {
                "id": number,
                "rawId": number,
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {},
            }
        )
