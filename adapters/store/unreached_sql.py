"""Which requests stand for a voter who is unreached: what figures count and lists tell, to the
letter of the partial indexes of 0006_figures.sql."""

from __future__ import annotations

WAITING = """
state IN ('confirmed', 'password_sent') AND overtaken = 0
AND (cause IS NULL OR cause <> 'receipt_not_expected')
"""
# A voter who has confirmed before, and waits or has lost the password, counts there.
_COUNTED_ELSEWHERE = """
    SELECT 1 FROM recovery_request AS renewed
    WHERE {is_the_voters} AND renewed.overtaken = 0
      AND (renewed.state = 'undelivered' OR renewed.state IN ('confirmed', 'password_sent')
          AND (renewed.cause IS NULL OR renewed.cause <> 'receipt_not_expected'))
"""
_IN_THIS_ROUND = _COUNTED_ELSEWHERE.format(is_the_voters="renewed.round_voter = asked.round_voter")
NOT_RENEWED = f"NOT EXISTS ({_IN_THIS_ROUND})"
# What a voter is known by in one round is not what she is known by in another.
_BESIDE = _COUNTED_ELSEWHERE.format(is_the_voters="renewed.id = asked.renewed_beside")
NOR_IN_ANOTHER_ROUND = f"AND NOT EXISTS ({_BESIDE} AND renewed.round_id IN ({{rounds}}))"
WITHOUT_LINK = """
cause IN ('link_bounced', 'link_given_up', 'link_deferred', 'link_withdrawn')
    AND overtaken = 0
  AND confirmed_at IS NULL
"""
BEYOND_ITS_LINK = """
state = 'link_sent' AND link_expires_at <= {now} AND cause IS NULL AND overtaken = 0
"""
WAITS_STILL = """EXISTS (
    SELECT 1 FROM delivery WHERE delivery.id = asked.id || '.link' AND delivery.state = 'queued'
)"""
