"""`/dev/inbox`: what would have been sent, shown. For the demo and trials, never for a vote."""

from __future__ import annotations

from html import escape
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

POLICY = "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"
_STYLE = """
body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
article{border:1px solid;border-radius:.5rem;padding:0 1rem;margin:1rem 0;opacity:.95}
main{overflow-wrap:anywhere}
pre{white-space:pre-wrap;font:inherit}
:root{color-scheme:light dark}
"""


class Inbox(Protocol):
    """Whatever keeps messages for show."""

    def contents(self) -> dict[str, Any]:
        """`{"emails": [...], "sms": [...], "securityCodes": {...}}`, newest first."""
        ...


def inbox_routes(inbox: Inbox) -> list[Route]:
    """The page and its JSON form."""

    async def as_json(_: Request) -> Response:
        return JSONResponse(inbox.contents())

    async def as_page(_: Request) -> Response:
        return HTMLResponse(_page(inbox.contents()), headers={"content-security-policy": _policy()})

    return [Route("/dev/inbox.json", as_json), Route("/dev/inbox", as_page)]


def _page(contents: dict[str, Any]) -> str:
    emails = "".join(
        _article(f"{each['to']} — {each['subject']}", each["at"], each["text"])
        for each in contents["emails"]
    )
    sms = "".join(
        _article(f"{each['to']} — {each['route']}", each["at"], each["text"])
        for each in contents["sms"]
    )
    codes = "".join(
        f"<li><code>{escape(code)}</code>: <strong>{escape(answer)}</strong></li>"
        for code, answer in list(contents["securityCodes"].items())[:5]
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Inbox (trial)</title>'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        f"<style>{_STYLE}</style></head><body><main><h1>Inbox</h1>"
        "<p>What this trial would have sent. Reload to see more.</p>"
        f"<h2>SMS</h2>{sms or '<p>None yet.</p>'}<h2>E-mails</h2>{emails or '<p>None yet.</p>'}"
        f"<h2>Latest security codes</h2><ul>{codes}</ul></main></body></html>"
    )


def _article(title: str, at: str, text: str) -> str:
    return (
        f"<article><h3>{escape(title)}</h3><p><small>{escape(at)}</small></p>"
        f"<pre>{_linked(escape(text))}</pre></article>"
    )


def _linked(text: str) -> str:
    """Addresses in an escaped text, made clickable."""
    words = text.split(" ")
    return " ".join(
        "\n".join(
            f'<a href="{part}">{part}</a>' if part.startswith(("http://", "https://")) else part
            for part in word.split("\n")
        )
        for word in words
    )


def _policy() -> str:
    from base64 import b64encode
    from hashlib import sha256

    digest = b64encode(sha256(_STYLE.encode()).digest()).decode("ascii")
    return f"{POLICY.format(style=digest)}; img-src data:"
