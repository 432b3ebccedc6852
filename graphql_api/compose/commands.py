"""The use cases that commands run: they stand on the store, and on little else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from graphql_api.settings import Settings

from .ports import Ports
from .storage import last_sighting

if TYPE_CHECKING:
    from core.use_cases.answer_alerts import AnswerAlerts
    from core.use_cases.follow_restore import FollowRestore
    from core.use_cases.freeze_voters import FreezeVoters
    from core.use_cases.give_evidence import GiveEvidence
    from core.use_cases.give_first_sending import GiveFirstSending
    from core.use_cases.import_first_sending import ImportFirstSending
    from core.use_cases.keep_operators import KeepOperators
    from core.use_cases.keep_partners import KeepPartners
    from core.use_cases.keep_round_keys import KeepRoundKeys
    from core.use_cases.list_unreached import ListUnreached
    from core.use_cases.note_interventions import NoteInterventions
    from core.use_cases.record_bounce import RecordBounce
    from core.use_cases.release_rounds import ReleaseRounds
    from core.use_cases.report_deliveries import ReportDeliveries
    from core.use_cases.requeue_jobs import RequeueJobs
    from core.use_cases.reset_clock_mark import ResetClockMark
    from core.use_cases.show_voter import ShowVoter

    from .jobs import Jobs


@dataclass(frozen=True, eq=False)
class Commands:
    """What operators order or ask, and what a mail server reports. Each is composed when it is
    first asked for."""

    settings: Settings
    ports: Ports

    @cached_property
    def jobs(self) -> Jobs:
        from .jobs import choose_jobs

        return choose_jobs(self.ports.store)

    @cached_property
    def record_bounce(self) -> RecordBounce:
        from core.use_cases.record_bounce import RecordBounce

        from .email import resend_email

        ports = self.ports
        resend = resend_email(self.settings, ports)
        return RecordBounce(ports.store.begin, resend, ports.clock, ports.events)

    @cached_property
    def report_deliveries(self) -> ReportDeliveries:
        from core.use_cases.report_deliveries import ReportDeliveries

        from .sms import sms_order

        settings, read, clock = self.settings, self.ports.store.read, self.ports.clock
        return ReportDeliveries(
            read,
            settings.calendar,
            clock,
            settings.smallest_cell,
            settings.bounces_read,
            sms_order(settings),
            settings.mail_table,
        )

    @cached_property
    def give_evidence(self) -> GiveEvidence:
        from core.use_cases.give_evidence import GiveEvidence

        smallest = self.settings.smallest_cell
        return GiveEvidence(self.ports.store.read, self.ports.clock, smallest)

    @cached_property
    def give_first_sending(self) -> GiveFirstSending:
        from core.use_cases.give_first_sending import GiveFirstSending

        return GiveFirstSending(self.ports.store.read, self.settings.smallest_cell)

    @cached_property
    def import_first_sending(self) -> ImportFirstSending:
        from core.use_cases.import_first_sending import ImportFirstSending

        ports, store = self.ports, self.ports.store
        return ImportFirstSending(
            store.begin,
            store.read,
            self.keep_round_keys,
            ports.register,
            ports.countries,
            self.settings.calendar,
            ports.clock,
            ports.events,
        )

    def name_of_country(self, code: str) -> str | None:
        """In French, as reports call it."""
        from adapters.email.country_names import country_name
        from core.locale import Locale

        return country_name(code, Locale.FR)

    @cached_property
    def keep_partners(self) -> KeepPartners:
        from core.use_cases.keep_partners import KeepPartners

        store, ports = self.ports.store, self.ports
        return KeepPartners(
            store.begin,
            store.read,
            ports.clock,
            ports.randomness,
            ports.events,
            self.settings.partners_named,
        )

    @cached_property
    def freeze_voters(self) -> FreezeVoters:
        from core.use_cases.freeze_voters import FreezeVoters

        store, ports = self.ports.store, self.ports
        return FreezeVoters(
            store.begin,
            store.read,
            ports.register,
            self.settings.keyring,
            ports.clock,
            ports.randomness,
            ports.events,
        )

    @cached_property
    def show_voter(self) -> ShowVoter:
        from core.use_cases.show_voter import ShowVoter

        settings, ports = self.settings, self.ports
        return ShowVoter(
            ports.store.begin,
            self.keep_round_keys,
            settings.calendar,
            settings.keyring,
            ports.clock,
            ports.events,
        )

    @cached_property
    def list_unreached(self) -> ListUnreached:
        from core.use_cases.list_unreached import ListUnreached
        from core.use_cases.look_at_unreached import LookAtUnreached

        ports, store = self.ports, self.ports.store
        return ListUnreached(
            store.begin,
            store.read,
            LookAtUnreached(store.read, self.settings.calendar, ports.clock),
            self.keep_operators,
            self.keep_round_keys,
            ports.register,
            ports.clock,
            ports.events,
        )

    @cached_property
    def reset_clock_mark(self) -> ResetClockMark:
        from adapters.system import system_uptime
        from core.use_cases.reset_clock_mark import ResetClockMark

        ports = self.ports
        return ResetClockMark(ports.store.begin, ports.clock, system_uptime, ports.events)

    @cached_property
    def note_interventions(self) -> NoteInterventions:
        from core.use_cases.note_interventions import NoteInterventions

        store, ports = self.ports.store, self.ports
        return NoteInterventions(store.begin, store.read, ports.clock, ports.events)

    @cached_property
    def requeue_jobs(self) -> RequeueJobs:
        from core.use_cases.requeue_jobs import RequeueJobs

        return RequeueJobs(self.ports.store.begin, self.ports.clock, self.ports.events)

    @cached_property
    def answer_alerts(self) -> AnswerAlerts:
        from .alerts import answer_alerts

        return answer_alerts(self.settings, self.ports)

    async def note_start(self, by: str) -> None:
        """Leave a trace of keys and routes that are not those that processes had before."""
        from core.intervention import Act

        from .started_with import keys_told, routes_told

        note = self.note_interventions
        await note.if_changed(by, Act.KEYS_CHANGED, keys_told(self.settings))
        await note.if_changed(by, Act.ROUTES_CHANGED, routes_told(self.settings))

    @cached_property
    def follow_restore(self) -> FollowRestore:
        from core.use_cases.follow_restore import FollowRestore

        ports = self.ports
        return FollowRestore(
            ports.store.begin,
            last_sighting(self.settings),
            self.settings.renewal_policy.security_code_lifetime,
            ports.clock,
            ports.randomness,
            ports.events,
        )

    @cached_property
    def keep_operators(self) -> KeepOperators:
        from .operators import keep_operators

        return keep_operators(self.settings, self.ports)

    @cached_property
    def keep_round_keys(self) -> KeepRoundKeys:
        from .round_keys import keep_round_keys

        return keep_round_keys(self.settings, self.ports)

    @cached_property
    def release_rounds(self) -> ReleaseRounds:
        from core.use_cases.release_rounds import ReleaseRounds

        store, settings, ports = self.ports.store, self.settings, self.ports
        return ReleaseRounds(
            store.begin,
            store.read,
            self.keep_operators,
            settings.calendar,
            settings.terms,
            settings.keyring,
            ports.clock,
            ports.events,
        )
