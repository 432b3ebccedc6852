"""Receipts from the provider's request to the store, as the settings put it together."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest

from adapters.sms.receipt_tags import ReceiptTags
from core.attempt import Attempt
from core.delivery import DeliveryState
from core.messages import Acceptance
from graphql_api.app import build_app
from graphql_api.compose import compose, prepare_database
from graphql_api.running import demo
from graphql_api.settings import read_settings

SECRET = "CANARY-signature-secret-of-the-account-1"
APPLICATION = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"
ROUTES = {
    "first": {"gateway": "kannel", "options": {"kannel_username": "u", "kannel_password": "k"}},
    "second": {
        "gateway": "ovh",
        "options": {
            "ovh_service": "sms-ab12345-1",
            "ovh_application_key": "a",
            "ovh_application_secret": "b",
            "ovh_consumer_key": "c",
            "ovh_receipts": True,
        },
    },
    "silent": {"gateway": "inbox"},
}


@pytest.fixture
async def application(tmp_path, monkeypatch, vonage_key):
    """A deployment with three routes that report over HTTP and one that does not."""
    monkeypatch.setenv("VONAGE_KEY", vonage_key)
    monkeypatch.setenv("VONAGE_SECRET", SECRET)
    vonage = {
        "vonage_application_id": APPLICATION,
        "vonage_private_key": {"env": "VONAGE_KEY"},
        "vonage_api_key": "a1b2c3d4",
        "vonage_signature_secret": {"env": "VONAGE_SECRET"},
    }
    routes = ROUTES | {
        "third": {"gateway": "vonage", "options": vonage},
        "unsigned": {"gateway": "vonage", "options": vonage | {"vonage_signature_secret": ""}},
    }
    now = datetime.now(UTC)
    opening = {"opens_at": now, "closes_at": now + timedelta(days=1)}
    settings = read_settings(
        keys=demo.new_key(),
        data_dir=tmp_path,
        voting_rounds=[{"id": "demo", **opening}],
        email="inbox",
        sms_routes=routes,
    )
    prepare_database(settings)
    application = compose(settings)
    await application.start()
    yield application
    await application.stop()


@pytest.fixture(scope="module")
def vonage_key() -> str:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture
async def http(application):
    transport = httpx.ASGITransport(build_app(application))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


@pytest.fixture
def has(application):
    """A route has an SMS, under the reference 7; says how that attempt stands."""

    async def has(route):
        now = datetime.now(UTC)
        attempt = Attempt("r1.password", 1, route, "FR", 0, now)
        accepted = attempt.accepted(Acceptance(route, "7"), now, None)
        async with application.ports.store.begin() as unit:
            await unit.attempts.add(attempt)
            await unit.attempts.save(accepted, was=attempt)

        async def state():
            async with application.ports.store.read() as unit:
                [attempt] = await unit.attempts.of("r1.password")
                return attempt.state, attempt.operator

        return state

    return has


async def test_kannel(application, http, has):
    """R30: the attempt that the address names is delivered."""
    state = await has("first")
    mac = ReceiptTags(application.settings.keyring, "first").of("r1.password.1")
    answer = await http.get(f"/receipts/first?id=r1.password.1&mac={mac}&status=1&answer=")
    assert (answer.status_code, await state()) == (200, (DeliveryState.DELIVERED, None))


async def test_ovh(application, http, has):
    """R30: the SMS that OVHcloud names is delivered, and the tag stands in the path."""
    state = await has("second")
    tag = ReceiptTags(application.settings.keyring, "second").of()
    answer = await http.get(f"/receipts/second/{tag}?id=7&ptt=4&date=&description=1")
    assert (answer.status_code, await state()) == (200, (DeliveryState.DELIVERED, None))


async def test_vonage(http, has):
    """R30: the signed body is delivered, with the network."""
    state = await has("third")
    body = json.dumps(
        {
            "channel": "sms",
            "client_ref": "r1.password.1",
            "message_uuid": "7",
            "status": "delivered",
            "destination": {"network_code": "20801"},
        }
    ).encode()
    claims = {
        "iss": "Vonage",
        "iat": int(datetime.now(UTC).timestamp()),
        "api_key": "a1b2c3d4",
        "application_id": APPLICATION,
        "payload_hash": hashlib.sha256(body).hexdigest(),
    }
    headers = {"Authorization": f"Bearer {jwt.encode(claims, SECRET, algorithm='HS256')}"}
    answer = await http.post("/receipts/third", content=body, headers=headers)
    assert (answer.status_code, await state()) == (200, (DeliveryState.DELIVERED, "208-01"))


@pytest.mark.parametrize("route", ["first", "second", "third"])
async def test_forged(http, has, route):
    """R30: nobody but the provider moves an attempt."""
    state = await has(route)
    forged = f"/receipts/{route}?id=7&mac={'0' * 32}&status=1&ptt=4"
    answer = await http.post(forged, content=b"{}", headers={"Authorization": "Bearer x.y.z"})
    assert (answer.status_code, await state()) == (401, (DeliveryState.ACCEPTED, None))


@pytest.mark.parametrize("route", ["silent", "unsigned", "fourth"])
async def test_routes_that_do_not_report_here(http, route):
    """R30: a route without receipts, or without the secret to check them, is not found."""
    assert (await http.post(f"/receipts/{route}", content=b"{}")).status_code == 404
