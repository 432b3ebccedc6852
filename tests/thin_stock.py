"""The packaged stock, of which one voice is taken: a stock that is made of it is made quickly."""

from __future__ import annotations

from adapters.captcha.stock import Stock, packaged


class ThinStock(Stock):
    def __init__(self) -> None:
        """Reads nothing but the packaged one."""

    sprites = packaged().sprites

    def clips(self, locale: str) -> tuple[tuple[bytes, ...], ...]:
        return tuple(voices[:1] for voices in packaged().clips(locale))
