"""An issuer of tokens on loopback: real keys, a real JWKS endpoint, every way of misbehaving."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt import PyJWS
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

_MAKERS: dict[str, Any] = {
    "RS256": (lambda bits: rsa.generate_private_key(65537, bits), RSAAlgorithm),
    "ES256": (lambda _: ec.generate_private_key(ec.SECP256R1()), ECAlgorithm),
    "EdDSA": (lambda _: ed25519.Ed25519PrivateKey.generate(), OKPAlgorithm),
}


class SigningKey:
    """A private key, and what a JWK set says of it."""

    def __init__(self, key_id: str, algorithm: str = "ES256", bits: int = 2048) -> None:
        make, self._kind = _MAKERS[algorithm]
        self.key_id, self.algorithm, self.private = key_id, algorithm, make(bits)

    @property
    def jwk(self) -> dict[str, Any]:
        listed = json.loads(self._kind.to_jwk(self.private.public_key()))
        return {**listed, "kid": self.key_id, "alg": self.algorithm, "use": "sig"}

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """Whatever the claims are: `jwt.encode` would refuse what an attacker may well sign."""
        named = {"kid": self.key_id, **header}
        return PyJWS().encode(json.dumps(claims).encode(), self.private, self.algorithm, named)


class IssuerServer:
    """Serves its keys at `url` and counts who asked."""

    def __init__(self) -> None:
        self.keys: list[Any] = []
        self.asked = 0
        self.body: bytes | None = None
        """In place of the key set."""
        self.status = 200
        self.delay = 0.0
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()
        self.url = f"http://{host}:{port}/jwks.json"

    async def stop(self) -> None:
        """Nobody listens at the address any more."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await reader.readuntil(b"\r\n\r\n")
                self.asked += 1
                await asyncio.sleep(self.delay)
                writer.write(self._answer())
                await writer.drain()
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def _answer(self) -> bytes:
        body = self.body
        if body is None:
            body = json.dumps({"keys": self.keys}).encode()
        head = f"HTTP/1.1 {self.status} Whatever\r\nContent-Length: {len(body)}\r\n"
        return f"{head}Connection: close\r\n\r\n".encode() + body
