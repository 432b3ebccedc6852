"""A moment as voters read it: in one form on pages, in e-mails and in SMS, by the clock of Paris.

« 1er avril 2027 à 14 h 05 », "1 April 2027 at 14:05": a month by its name is taken for no day, and
the twelve hours of English by nobody for twenty-four. The portal's pages write it alike.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from .locale import Locale
from .voting_round import PARIS

_MONTHS = {
    Locale.FR: "janvier février mars avril mai juin "
    "juillet août septembre octobre novembre décembre",
    Locale.EN: "January February March April May June "
    "July August September October November December",
}


def written(moment: datetime, locale: Locale) -> str:
    """Day and time, with no-break spaces in what belongs together."""
    local = moment.astimezone(PARIS)
    month = _MONTHS[locale].split()[local.month - 1]
    if locale is Locale.FR:
        day = "1er" if local.day == 1 else local.day
        return f"{day}\u00a0{month} {local.year} à {local.hour}\u00a0h\u00a0{local.minute:02}"
    return f"{local.day}\u00a0{month} {local.year} at {local:%H:%M}"


def in_paris(moment: datetime, locale: Locale) -> str:
    """« le 1er avril 2027 à 14 h 05 (heure de Paris, UTC+2) », and the same in English: who lives
    elsewhere can reckon."""
    offset = moment.astimezone(PARIS).utcoffset() or timedelta()
    zone = f"UTC+{int(offset.total_seconds()) // 3600}"
    if locale is Locale.FR:
        return f"le {written(moment, locale)} (heure de Paris, {zone})"
    return f"on {written(moment, locale)} (Paris time, {zone})"


def duration(span: timedelta) -> str | None:
    """« 60 minutes », alike in both languages; None for less than two."""
    minutes = round(span.total_seconds() / 60)
    return f"{minutes}\u00a0minutes" if minutes > 1 else None
