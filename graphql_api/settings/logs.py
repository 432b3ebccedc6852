"""What is logged, and how."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .section import Section


class LogSettings(Section):
    """Logs"""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="The least important level that is written."
    )
    log_format: Literal["json", "pretty"] = Field(
        default="json", description="One JSON object a line, or coloured text for a person."
    )
