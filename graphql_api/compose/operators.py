"""Who may release voting rounds. An adapter is imported by the function that builds it."""

from __future__ import annotations

from core.use_cases.keep_operators import KeepOperators
from graphql_api.settings import Settings

from .ports import Ports


def keep_operators(settings: Settings, ports: Ports) -> KeepOperators:
    from adapters.operator_codes import TotpCodes
    from adapters.sealing import AesGcmSealing

    sealing = AesGcmSealing(settings.keyring, ports.randomness)
    store, clock = ports.store, ports.clock
    codes = TotpCodes()
    return KeepOperators(
        store.begin, store.read, codes, sealing, clock, ports.randomness, ports.events
    )
