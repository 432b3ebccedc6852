"""R27: a deployment's own stock of digits, as operators meet it: the command and the setting."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.captcha import own_stock
from adapters.captcha.digits import DigitsCaptcha
from adapters.captcha.stock import SPRITES, packaged, read_stock
from core.locale import Locale
from core.security_code import RenewalStep
from graphql_api.compose.ports import choose_ports
from graphql_api.settings import read_settings
from tests.graphql_api.conftest import keys_text
from tests.thin_stock import ThinStock


@pytest.fixture
def deployment(monkeypatch, tmp_path, keyring):
    """The environment of a deployment; the folder that it names for its stock."""
    folder = tmp_path / "stock"
    monkeypatch.setenv("REASSORT_KEYS", keys_text(keyring))
    monkeypatch.setenv("REASSORT_SMS", "inbox")
    monkeypatch.setenv("REASSORT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("REASSORT_LINK_TEMPLATE", "https://vote.example.org/r#token={token}")
    monkeypatch.setenv("REASSORT_SECURITY_CODE_STOCK", str(folder))
    return folder


def test_the_command_makes_it_once(typed, monkeypatch, tmp_path):
    """R27: by a seed of its own, into a folder of its own; what is there is kept."""
    seeds: list[bytes] = []
    thorough = own_stock.make

    def make(folder, stock, seed):
        seeds.append(seed)
        assert stock is packaged()
        thorough(folder, ThinStock(), seed, shapes=1)

    monkeypatch.setattr(own_stock, "make", make)
    folder = tmp_path / "stock"
    code, told = typed("new-security-code-stock", folder)
    assert (code, told.startswith("Made in")) == (0, True)
    read_stock(folder)
    code, told = typed("new-security-code-stock", folder)
    assert (code, "is there already, and is kept as it is" in told) == (1, True)
    assert len(set(seeds)) == 2
    assert {len(seed) for seed in seeds} == {32}


async def test_gateways_show_it(deployment, keyring, clock, randomness):
    """R27: pictures and sounds are of the stock that the setting names."""
    own_stock.make(deployment, ThinStock(), b"one", shapes=1)
    ports = choose_ports(read_settings(), clock=clock, randomness=randomness)
    issued = await ports.captcha.issue(RenewalStep.REQUEST)
    shown = [
        await ports.captcha.picture(issued.id),
        await ports.captcha.sound(issued.id, Locale.FR),
    ]
    for stock, alike in ((read_stock(deployment), True), (packaged(), False)):
        digits = DigitsCaptcha(keyring, clock, randomness, timedelta(minutes=10), stock)
        look = [await digits.picture(issued.id), await digits.sound(issued.id, Locale.FR)]
        assert [one == other for one, other in zip(look, shown, strict=True)] == [alike, alike]
    await ports.close()


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("worker",)])
def test_one_that_cannot_be_used_is_refused_at_start(typed, deployment, command):
    """R27: in a sentence with the setting and the file."""
    code, told = typed(*command)
    assert code == 2
    assert f"REASSORT_SECURITY_CODE_STOCK: {deployment / SPRITES} is missing" in told
