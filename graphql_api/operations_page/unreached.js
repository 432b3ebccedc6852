/** The voters of a round whom nothing is known to have reached, one by one, those who have waited
 * longest first. */

import { h } from "./dom.js";
import { coded, country, short } from "./format.js";
import { ask } from "./gateway.js";
import { choice } from "./parts.js";
import { showRequest } from "./request.js";
import { chosenOf, everyRound, roundChoice } from "./rounds.js";
import { empty, table } from "./table.js";
import { say } from "./text.js";

export const CAUSES = [
  ...["UNTRIED", "CAP", "PACE", "REGISTER", "KEY", "CREDENTIALS", "NO_ROUTE", "NO_RECEIPT"],
  ...["REFUSED", "ROUND_CLOSED", "LINK_UNDECIDED", "LINK_DEFERRED", "LINK_BOUNCED"],
  ...["LINK_GIVEN_UP", "LINK_WITHDRAWN"],
];
let cause = null;
let pages = [null]; // cursors, from the first page to the one that is shown

export const unreached = { name: "unreached", scope: "operations:read", load, open };

/** Go to those of one cause, of whose link this is the click. */
export function showUnreached(event, which) {
  event.preventDefault();
  [cause, pages] = [which, [null]];
  location.hash = "unreached";
}

async function load() {
  const rounds = await everyRound();
  const round = chosenOf(rounds);
  if (!round) return { rounds, round };
  const after = pages.at(-1);
  const { unreachedVoters: found } = await ask("unreached", { round: round.id, cause, after });
  return { rounds, round, found };
}

function open(again) {
  const [form, place] = [h("div", { class: "controls" }), h("div")];
  const turn = (cursors) => () => {
    pages = cursors();
    again().then(() => document.querySelector("#content h1").focus());
  };
  const anew = turn(() => [null]);
  const nodes = [
    h("h1", { tabindex: "-1" }, say("list.heading")),
    h("p", { class: "lead" }, say("list.lead")),
    form,
    place,
    h("p", {}, h("a", { href: "#now" }, say("list.back"))),
  ];
  const show = ({ rounds, round, found }) => {
    if (!form.firstChild) form.append(...controls(rounds, round, anew));
    place.replaceChildren(...(found ? list(found, turn) : [empty("round.missing")]));
  };
  return { nodes, show };
}

function controls(rounds, round, anew) {
  const options = CAUSES.map((each) => [each, say(`cause.${each}`)]);
  const choose = (value) => {
    cause = value || null;
    anew();
  };
  const every = [["", say("list.every")], ...options];
  const chosen = choice("cause", say("cause.column"), every, cause ?? "", choose);
  return [roundChoice(rounds, round, anew), chosen].filter(Boolean);
}

function list({ edges, pageInfo }, turn) {
  if (!edges.length) return [empty("list.none")];
  const columns = [
    { label: say("list.since"), show: link },
    { label: say("cause.column"), show: (row) => coded("cause", row.cause) },
    { label: say("requests.country.short"), show: (row) => row.country && country(row.country) },
    { label: say("axis.CONSTITUENCY"), show: ({ constituency }) => constituency },
    { label: say("axis.POST"), show: ({ post }) => post },
    { label: say("list.voter"), show: ({ voter }) => voter && h("code", {}, voter) },
  ];
  const rows = edges.map(({ node }) => node);
  const filled = columns.filter(({ show }) => rows.some(show));
  const caption = say("list.caption", { page: pages.length });
  const step = (key, cursors) =>
    h("button", { type: "button", id: key, onclick: turn(cursors) }, say(key));
  return [
    table({ name: "unreached", caption, columns: filled, rows, isWhole: true }),
    h(
      "p",
      { class: "buttons" },
      pages.length > 1 && step("list.before", () => pages.slice(0, -1)),
      pageInfo.hasNextPage && step("list.after", () => [...pages, pageInfo.endCursor]),
    ),
  ];
}

const link = ({ request, since }) =>
  h(
    "a",
    { href: "#request", onclick: (event) => showRequest(event, request) },
    short(since, "Europe/Paris"),
  );
