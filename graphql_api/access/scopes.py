"""What a partner or a dashboard may have been granted."""

from __future__ import annotations

RENEWALS = "renewals:write"
ASSISTANCE = "assistance:write"
DELIVERIES = "deliveries:read"
OPERATIONS = "operations:read"
OPERATIONS_ACT = "operations:act"
EVIDENCE = "evidence:read"
SCOPES = {
    RENEWALS: "ask for renewals, look at their links and confirm them",
    ASSISTANCE: "write to the assistance cell",
    DELIVERIES: "see how messages fare and how many voters are unreached",
    OPERATIONS: "look through requests, and what happened to each; see alerts",
    OPERATIONS_ACT: "acknowledge and resolve alerts",
    EVIDENCE: "see which share of a round's passwords had arrived at a moment",
}
"""Every scope, and what it is for."""
