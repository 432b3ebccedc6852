"""What is watched, and who may look."""

from __future__ import annotations

from pydantic import Field, SecretStr

from .section import Section


class MonitoringSettings(Section):
    """Monitoring"""

    metrics_token: SecretStr = Field(
        default=SecretStr(""),
        description="Bearer token that `/metrics` asks for; empty: this machine may look.",
    )
    smallest_cell: int = Field(
        default=20,
        ge=1,
        description="Mailbox domains with fewer messages are told as `other`, to everybody: a "
        "domain of few mailboxes could be one person's.",
    )
    alert_window: float = Field(
        default=3600, gt=0, description="Seconds over which delivery rates are watched."
    )
    alert_below: float = Field(
        default=0.8,
        gt=0,
        le=1,
        description="A country or mailbox domain of which fewer messages arrive is an alert.",
    )
    alert_sample: int = Field(
        default=20, ge=1, description="Fewest messages with an end by which there may be an alert."
    )
    alert_unreached: int = Field(
        default=0, ge=0, description="Voters who may be unreached without an alert."
    )
    alert_untied: int = Field(
        default=4,
        ge=0,
        description="Receipts of a route in the window that may tie to no SMS without an alert.",
    )
    alert_without_worker: float = Field(
        default=60, ge=30, description="Seconds without any living worker that are an alert."
    )
    alert_outage: float = Field(
        default=60,
        gt=0,
        description="Seconds in which a relay, a route, the register or the credential store does "
        "nothing but fail, that are an alert.",
    )
    alert_patience: float = Field(
        default=1800, gt=0, description="Seconds after which a voter without a receipt counts."
    )
