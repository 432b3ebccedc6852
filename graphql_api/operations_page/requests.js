/** The third view: the requests, the one that was received last first, narrowed as asked for. */

import { h } from "./dom.js";
import { coded, country, short, typedInParis } from "./format.js";
import { ask } from "./gateway.js";
import { choice, field } from "./parts.js";
import { showRequest } from "./request.js";
import { empty, table } from "./table.js";
import { say } from "./text.js";

export const STATES = [
  ...["RECEIVED", "DISMISSED", "LINK_SENT", "EXPIRED", "SUPERSEDED", "REVOKED"],
  ...["CONFIRMED", "PASSWORD_SENT", "DELIVERED", "UNDELIVERED"],
];
export const REASONS = [
  ...["UNKNOWN_VOTER", "EMAIL_DIFFERS", "NO_PHONE", "PHONE_UNUSABLE", "IDENTIFIER_RENEWED"],
  ...["ROUND_CLOSED", "WRITTEN_RECENTLY", "OVER_QUOTA", "RENEWALS_USED_UP", "RENEWALS_FROZEN"],
  ...["MAIL_FAILED", "RESTORED"],
];
const filter = {};
let pages = [null]; // cursors, from the first page to the one that is shown

export const requests = { name: "requests", scope: "operations:read", load, open };

async function load() {
  const { state, since, until, ...texts } = filter;
  const told = await ask("requests", {
    ...texts,
    states: state ? [state] : null,
    since: typedInParis(since),
    until: typedInParis(until),
    after: pages.at(-1),
  });
  return told.recoveryRequests;
}

function open(again) {
  const place = h("div");
  const turn = (cursors) => () => {
    pages = cursors();
    again().then(() => document.querySelector("#content h1").focus());
  };
  const nodes = [
    h("h1", { tabindex: "-1" }, say("requests.heading")),
    form(turn(() => [null])),
    place,
  ];
  return { nodes, show: (told) => place.replaceChildren(...list(told, turn)) };
}

function form(find) {
  const every = [["", say("requests.every")]];
  const states = STATES.map((each) => [each, say(`state.${each}`)]);
  const reasons = REASONS.map((each) => [each, say(`reason.${each}`)]);
  const when = { type: "datetime-local" };
  const fields = h(
    "div",
    { class: "controls" },
    choice("state", say("requests.state"), [...every, ...states], filter.state ?? ""),
    choice("reason", say("requests.reason"), [...every, ...reasons], filter.reason ?? ""),
    field("country", say("requests.country"), filter.country ?? "", { maxlength: 2, size: 4 }),
    field("constituency", say("requests.constituency"), filter.constituency ?? ""),
    field("partner", say("requests.partner"), filter.partner ?? ""),
    field("since", say("requests.since"), filter.since ?? "", when),
    field("until", say("requests.until"), filter.until ?? "", when),
  );
  const submit = (event) => {
    event.preventDefault();
    for (const [name, text] of new FormData(event.target)) filter[name] = text.trim() || null;
    find();
  };
  const clear = (event) => {
    for (const each of Object.keys(filter)) filter[each] = null;
    event.target.form.querySelectorAll("input, select").forEach((each) => (each.value = ""));
    find();
  };
  return h(
    "form",
    { onsubmit: submit },
    fields,
    h("p", { class: "buttons" },
      h("button", { class: "action" }, say("requests.find")),
      h("button", { type: "button", onclick: clear }, say("requests.clear")),
    ),
  );
}

function list({ edges, pageInfo }, turn) {
  const rows = edges.map(({ node }) => node);
  if (!rows.length) return [empty("requests.none")];
  const columns = [
    { label: say("requests.received"), show: link },
    { label: say("requests.state"), show: ({ state }) => coded("state", state) },
    { label: say("requests.why"), show: why },
    { label: say("requests.country.short"), show: (row) => row.country && country(row.country) },
    { label: say("axis.CONSTITUENCY"), show: ({ constituency }) => constituency },
    { label: say("requests.partner.short"), show: ({ partner }) => partner },
  ];
  const filled = columns.filter(({ show }) => rows.some(show));
  const number = pages.length;
  const step = (key, cursors) => h("button", { type: "button", id: key, onclick: turn(cursors) }, say(key));
  return [
    table({ name: "requests", caption: say("requests.caption", { page: number }), columns: filled, rows, isWhole: true }),
    h("p", { class: "buttons" },
      number > 1 && step("requests.newer", () => pages.slice(0, -1)),
      pageInfo.hasNextPage && step("requests.older", () => [...pages, pageInfo.endCursor]),
    ),
  ];
}

const link = ({ id, receivedAt }) =>
  h("a", { href: "#request", id: `to-${id}`, onclick: (event) => showRequest(event, id) }, short(receivedAt, "Europe/Paris", true));

const why = ({ reason, cause }) =>
  reason ? coded("reason", reason) : cause ? coded("cause", cause) : null;
