"""By what voters are known in one round. An adapter is imported by the function that builds it."""

from __future__ import annotations

from core.use_cases.keep_round_keys import KeepRoundKeys
from graphql_api.settings import Settings

from .ports import Ports


def keep_round_keys(settings: Settings, ports: Ports) -> KeepRoundKeys:
    from adapters.sealing import AesGcmSealing

    sealing = AesGcmSealing(settings.keyring, ports.randomness)
    store = ports.store
    return KeepRoundKeys(store.begin, store.read, sealing, ports.clock, ports.randomness)
