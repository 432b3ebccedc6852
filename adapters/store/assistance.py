"""Table `assistance_request`: messages to the assistance cell, until it has them."""

from __future__ import annotations

from adapters.store.sql import Sql, moment, placeholders, to_column
from core.assistance import AssistanceRequest, AssistanceTopic
from core.locale import Locale
from core.voter import EmailAddress

_COLUMNS = "id, reference, topic, contact, message, locale, received_at"


class AssistanceTable:
    """The port `AssistanceRequests`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def add(self, request: AssistanceRequest) -> None:
        await self._sql.execute(
            f"INSERT INTO assistance_request ({_COLUMNS}) VALUES ({placeholders(7)})",
            request.id,
            request.reference,
            request.topic.value,
            request.contact.value if request.contact else None,
            request.message,
            request.locale.value,
            to_column(request.received_at),
        )

    async def get(self, request_id: str) -> AssistanceRequest | None:
        rows = await self._sql.fetch(
            f"SELECT {_COLUMNS} FROM assistance_request WHERE id = $1", request_id
        )
        if not rows:
            return None
        id_, reference, topic, contact, message, locale, received_at = rows[0]
        return AssistanceRequest(
            id=id_,
            reference=reference,
            topic=AssistanceTopic(topic),
            contact=EmailAddress(contact) if contact else None,
            message=message,
            locale=Locale(locale),
            received_at=moment(received_at),
        )

    async def save(self, request: AssistanceRequest) -> None:
        await self._sql.execute(
            "UPDATE assistance_request SET contact = $2, message = $3 WHERE id = $1",
            request.id,
            request.contact.value if request.contact else None,
            request.message,
        )
