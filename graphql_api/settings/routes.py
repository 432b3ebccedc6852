"""Several ways out for an SMS: the route table, what may be spent, and when a route has fallen."""

from __future__ import annotations

import os
import re
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from .section import Section
from .sms_providers import SmsProvider

PLACE = re.compile(r"\*|[A-Z]{2}|\+[1-9]\d{0,7}")
"""A destination: a country (ISO 3166), an E.164 prefix, or everywhere else."""

Prefix = Annotated[str, Field(pattern=r"^\+[1-9]\d{0,7}$")]


def with_secrets(options: dict[str, Any]) -> dict[str, Any]:
    """The options with what the environment holds in the place of `{"env": "VARIABLE"}`."""
    return {
        name: SecretStr(os.environ.get(value["env"], "")) if _is_variable(value) else value
        for name, value in options.items()
    }


def _is_variable(value: object) -> bool:
    return isinstance(value, dict) and set(value) == {"env"} and isinstance(value["env"], str)


class RouteSettings(BaseModel, extra="forbid"):
    """One route, as it is written in the table."""

    gateway: SmsProvider
    rate: float | None = Field(default=None, gt=0)
    """SMS a second, over all processes."""
    burst: int = Field(default=1, ge=1)
    cost: dict[str, float] = Field(default_factory=dict)
    """In units of your currency, by country; `*` for the others."""
    receipt_within: float | None = Field(default=None, gt=0)
    """Seconds."""
    prefixes: dict[Prefix, Prefix] = Field(default_factory=dict)
    """Beginnings of numbers that the provider wants written otherwise: `{"+549": "+54"}`."""
    options: Annotated[dict[str, Any], AfterValidator(with_secrets)] = Field(default_factory=dict)
    """Settings of the provider that differ on this route; a secret is written as
    `{"env": "VARIABLE"}` and is a `SecretStr` once read."""


def _or_empty(value: object) -> object:
    return value or {}


class RoutesSettings(Section):
    """SMS routes"""

    sms_routes: Annotated[dict[str, RouteSettings], BeforeValidator(_or_empty)] = Field(
        default_factory=dict,
        description='Routes by name, as JSON: `{"ovh": {"gateway": "ovh", "rate": 20, "burst": '
        '5, "cost": {"*": 0.06}, "receipt_within": 300, "options": {...}}}`. `rate`: SMS a '
        "second over all processes; `receipt_within`: seconds until the next route is tried; "
        '`prefixes`: beginnings of numbers that are written otherwise on this route, `{"+549": '
        '"+54"}`; `options`: settings of the provider that differ on this route. Empty: the one '
        "provider of `REASSORT_SMS`.",
    )
    sms_destinations: Annotated[dict[str, tuple[str, ...]], BeforeValidator(_or_empty)] = Field(
        default_factory=dict,
        description="The order of the routes by destination, as JSON: a country, an E.164 prefix, "
        'or `*` for everywhere else: `{"AR": ["smpp", "ovh"], "*": ["ovh"]}`. No routes: no SMS '
        "goes there; without `*`, only the countries named are served. Empty: every route, in the "
        "order of `REASSORT_SMS_ROUTES`.",
    )
    sms_per_prefix: int | None = Field(
        default=None, ge=1, description="Most SMS an hour to numbers that share 7 digits."
    )
    sms_per_country: int | None = Field(
        default=None, ge=1, description="Most SMS an hour to one country."
    )
    sms_day_cost: float | None = Field(
        default=None,
        gt=0,
        description="What all SMS of one day may cost; beyond it they wait, and an alert is given.",
    )
    sms_first_share: float = Field(
        default=0.5,
        ge=0,
        lt=1,
        description="Part of each of these caps that is kept for voters who have had no SMS within "
        "a day.",
    )
    route_window: float = Field(
        default=7200, gt=0, description="Seconds over which a route's delivery rate is taken."
    )
    route_sample: int = Field(
        default=10, ge=1, description="Fewest SMS with a known end by which a route may fall."
    )
    route_falls_below: float = Field(
        default=0.5, gt=0, lt=1, description="A route whose rate in a country is below this falls."
    )
    route_recovers_at: float = Field(
        default=0.7, gt=0, le=1, description="A fallen route whose probes reach this recovers."
    )
    route_probes: int = Field(
        default=5, ge=1, description="Fewest probes by which a fallen route may recover."
    )
    route_probe_window: float = Field(
        default=86400, gt=0, description="Seconds over which a fallen route's probes count."
    )
    route_probe_one_in: int = Field(
        default=10, ge=0, description="One SMS in so many probes a fallen route; 0: none."
    )

    @field_validator("sms_destinations")
    @classmethod
    def _places(cls, order: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        if not all(PLACE.fullmatch(place) for place in order):
            raise ValueError("a destination is a country (`AR`), a prefix (`+5411`) or `*`")
        return order

    @model_validator(mode="after")
    def _known_routes(self) -> Self:
        named = {name for names in self.sms_destinations.values() for name in names}
        if named - (set(self.sms_routes) or {getattr(self, "sms", "")}):
            raise ValueError("sms_destinations names a route that sms_routes does not have")
        if self.sms_day_cost and not all(route.cost for route in self.sms_routes.values()):
            raise ValueError("sms_day_cost needs the cost of every route in sms_routes")
        if self.sms_day_cost and not self.sms_routes:
            raise ValueError("sms_day_cost needs sms_routes that say what an SMS costs")
        if self.route_recovers_at <= self.route_falls_below:
            raise ValueError("route_recovers_at is above route_falls_below")
        return self
