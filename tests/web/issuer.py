"""The sign-in of a company, as a server of its own: discovery, keys, code for token with PKCE, tokens really signed."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "tierwise", "s:cret/é"


class Issuer:
    """Knows one person. What a thief or a broken server would do otherwise is set by the tests."""

    def __init__(self) -> None:
        self.keys = [RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})]
        self.person: dict[str, Any] = {"sub": "7f3", "preferred_username": "anna", "name": "安娜 Anna"}
        self.forged: Callable[[dict[str, Any]], str] | None = None
        self.claims: dict[str, Any] = {}
        self.about: dict[str, Any] = {}
        self.asked: dict[str, dict[str, str]] = {}
        self.paths: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self._server.server_port}/realm"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def authorize(self, address: str) -> str:
        """Somebody signs in at the address where the browser was sent; where the browser is sent back to."""
        said = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (said["response_type"], said["client_id"]) == ("code", CLIENT)
        code = f"code-{len(self.asked)}"
        self.asked[code] = said
        return (
            f"{said['redirect_uri']}?{urlencode({'code': code, 'state': said['state'], 'iss': self.address})}"
        )

    def token(self, said: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """The answer to a code; nothing for one that is unknown, used up, or asked for by somebody else."""
        asked = self.asked.pop(said["code"], None)
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode().split(":")
        digest = sha256(said["code_verifier"].encode()).digest()
        proved = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or asked["code_challenge"] != proved
            or asked["redirect_uri"] != said["redirect_uri"]
            or [unquote(word) for word in pair] != [CLIENT, SECRET]
        ):
            return None
        now = int(time.time())
        claims = {"iss": self.address, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims |= self.person | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        token = self.forged(claims) if self.forged else self.signed(claims)
        return {"access_token": "x", "token_type": "Bearer", "id_token": token}

    def signed(self, claims: dict[str, Any], key: RSAKey | None = None) -> str:
        by = key or self.keys[-1]
        return jwt.encode({"alg": "RS256", "kid": by.kid}, claims, by)

    def answer(self, path: str) -> dict[str, Any] | None:
        if path == "/realm/.well-known/openid-configuration":
            ends = {
                "authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys",
                "end_session_endpoint": "end",
            }  # fmt: skip
            return {"issuer": self.address} | {k: f"{self.address}/{v}" for k, v in ends.items()} | self.about
        return {"keys": [key.as_dict(private=False) for key in self.keys]} if path == "/realm/keys" else None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path.startswith("/realm/authorize"):
                    self.send_response(302)
                    self.send_header("Location", issuer.authorize(self.path))
                    self.end_headers()
                    return
                self._send(issuer.answer(self.path))

            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers["Content-Length"])).decode()
                said = {name: values[0] for name, values in parse_qs(text).items()}
                self._send(issuer.token(said, self.headers.get("Authorization", "")))

            def _send(self, found: dict[str, Any] | None) -> None:
                issuer.paths.append(self.path)
                self.send_response(200 if found is not None else 400)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(found or {"error": "invalid_grant"}).encode())

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        return Handler
