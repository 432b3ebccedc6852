"""The help icon: a message to the assistance cell."""

from __future__ import annotations

import pytest

from core.assistance import AssistanceTopic
from core.delivery import DeliveryState
from core.errors import MessageDeferred, MessageRefused, SecurityCodeRejected, StoreUnavailable
from core.events import AssistanceAsked
from core.locale import Locale
from core.messages import MessageKind
from core.policy import UNAMBIGUOUS
from core.security_code import RenewalStep
from core.use_cases.contact_assistance import AssistanceDemand
from core.voter import EmailAddress

TEXT = "Bonjour,\nje n’ai pas reçu mon mot de passe."
CONTACT = EmailAddress("dominique.bernard@example.org")


@pytest.fixture
def ask(portal):
    async def ask(code=None, topic=AssistanceTopic.PASSWORD):
        code = code or await portal.code(RenewalStep.ASSISTANCE)
        demand = AssistanceDemand(topic, TEXT, CONTACT, code, Locale.FR)
        return await portal.contact_assistance(demand)

    return ask


async def asked_id(portal):
    return portal.events.kept[-1].request_id


async def test_a_message_is_taken(portal, ask):
    """R1, R29: the message, its e-mail and its job are one commit; the voter gets a reference."""
    reference = await ask()
    assert len(reference) == 8
    assert set(reference) <= set(UNAMBIGUOUS)
    (asked,) = await portal.all("assistance")
    assert (asked.reference, asked.message, asked.contact) == (reference, TEXT, CONTACT)
    assert await portal.due() == {f"deliver_to_cell:{asked.id}.assistance"}
    assert portal.events.kept == [AssistanceAsked(asked.id, reference)]
    assert portal.register.asked == 0


async def test_references_differ(ask):
    """R1: what is quoted on the phone names one message."""
    assert len({await ask() for _ in range(50)}) == 50


async def test_the_cell_gets_it_and_the_store_forgets_it(portal, ask):
    """R1, R44: the cell's mailbox has all that it needs; then text and address are wiped."""
    reference = await ask(topic=AssistanceTopic.IDENTIFIER)
    await portal.work()
    (message,) = portal.email.sent
    assert (message.to, message.kind) == (portal.cell, MessageKind.ASSISTANCE)
    assert dict(message.facts) == {
        "reference": reference,
        "topic": "identifier",
        "contact": CONTACT.value,
        "message": TEXT,
        "received_at": portal.clock.now(),
    }
    (asked,) = await portal.all("assistance")
    assert (asked.contact, asked.message, asked.reference) == (None, None, reference)


async def test_what_the_cell_did_not_get_is_kept(portal, ask):
    """R29: put off or refused, the message is still there for the cell."""
    await ask()
    (delivery,) = await portal.all("deliveries")
    portal.email.setbacks.extend([MessageDeferred("busy"), MessageRefused("550")])
    with pytest.raises(MessageDeferred):
        await portal.deliver_email(delivery.id)
    await portal.deliver_email(delivery.id)
    assert (await portal.delivery(delivery.id)).state is DeliveryState.FAILED
    (asked,) = await portal.all("assistance")
    assert asked.message == TEXT


@pytest.mark.parametrize("gone", ["wiped", "deleted"])
async def test_what_is_gone_is_not_sent(portal, ask, gone):
    """R44: a message already handed over or deleted leaves nothing to say."""
    await ask()
    (asked,) = await portal.all("assistance")
    if gone == "wiped":
        async with portal.store.begin() as unit:
            await unit.assistance.save(asked.handed_over())
    else:
        await portal.delete("assistance_request")
    await portal.deliver_email(f"{asked.id}.assistance")
    assert (await portal.delivery(f"{asked.id}.assistance")).state is DeliveryState.EXPIRED
    assert portal.email.sent == []


async def test_it_is_deleted_while_it_is_sent(portal, ask):
    """R44: a message that goes while the relay takes it is not brought back."""
    await ask()
    (asked,) = await portal.all("assistance")
    sending = portal.deliver_email(f"{asked.id}.assistance")
    await portal.at_once(portal.delete("assistance_request"), sending)
    assert len(portal.email.sent) == 1
    assert await portal.all("assistance") == []


async def test_a_wrong_code_stores_its_consumption_alone(portal, ask):
    """R27: the cell is not for robots either."""
    code = await portal.code(RenewalStep.ASSISTANCE, wrong=True)
    with pytest.raises(SecurityCodeRejected, match="SECURITY_CODE_WRONG"):
        await ask(code)
    with pytest.raises(SecurityCodeRejected, match="SECURITY_CODE_UNKNOWN"):
        await ask(await portal.code(RenewalStep.REQUEST))
    assert await portal.all("assistance") == []
    assert await portal.all("deliveries") == []
    assert await portal.column("consumed_code", "id") == [code.id]
    assert portal.events.kept == []


async def test_the_store_fails(portal, ask):
    """R29: no reference is given for what is not durable."""
    before = await portal.stored()
    portal.begin.failing = 1
    with pytest.raises(StoreUnavailable):
        await ask()
    assert await portal.stored() == before
    assert portal.events.kept == []
