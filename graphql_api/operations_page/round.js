/** The second view: which share of a round's passwords had arrived at a moment. */

import { barred, stack, swatch } from "./charts.js";
import { h } from "./dom.js";
import { country, inParis, inputInParis, number, percent, sayCount, typedInParis } from "./format.js";
import { funnel } from "./funnel.js";
import { ask } from "./gateway.js";
import { cell } from "./judge.js";
import { overTime } from "./over-time.js";
import { choice, field, section } from "./parts.js";
import { chosenOf, everyRound, roundChoice } from "./rounds.js";
import { empty, table } from "./table.js";
import { say } from "./text.js";

const AXES = ["COUNTRY", "CONSTITUENCY", "POST", "PARTNER"];
const chosen = { round: "", moment: "", at: "", basis: "recorded", by: "COUNTRY" };

export const round = { name: "round", scope: "evidence:read", load, open };

async function load() {
  const rounds = await everyRound();
  const held = chosenOf(rounds);
  if (!held || held.state === "UPCOMING") return { rounds, held };
  if (chosen.round !== held.id) Object.assign(chosen, { round: held.id, moment: "", at: "" });
  chosen.moment ||= held.state === "OPEN" ? "latest" : "closing";
  const { by } = chosen;
  const told = await ask("evidence", { round: held.id, asOf: momentOf(held), by });
  return { rounds, held, by, found: told.deliveryEvidence };
}

const momentOf = ({ opensAt, closesAt }) =>
  ({ latest: null, opening: opensAt, closing: closesAt })[chosen.moment] ??
  (chosen.moment === "chosen" ? typedInParis(chosen.at) : null);

function open(again) {
  const names = ["head", "form", "whole", "groups", "funnel", "course"];
  const places = Object.fromEntries(names.map((each) => [each, h("div")]));
  const parts = [
    section("whole", say("round.whole"), places.whole),
    section("groups", say("round.groups"), places.groups),
    section("funnel", say("funnel.heading"), places.funnel),
    section("over-time", say("course.heading"), places.course),
  ];
  const nodes = [places.head, places.form, ...parts];
  return { nodes, show: (told) => show(places, parts, told, again) };
}

function show(places, parts, { rounds, held, by, found }, again) {
  const title = h("h1", { tabindex: "-1" }, held ? say("round.heading", { id: held.id }) : say("round.missing"));
  const dates = held && h("p", { class: "lead" }, say(held.state === "OPEN" ? "round.open" : "round.dates", {
    opens: inParis(held.opensAt),
    closes: inParis(held.closesAt),
  }));
  places.head.replaceChildren(...[title, dates].filter(Boolean));
  for (const each of parts) each.hidden = !found;
  if (held && places.form.dataset.round !== held.id) {
    places.form.dataset.round = held.id;
    places.form.replaceChildren(form(rounds, held, again));
    if (found) places.course.replaceChildren(overTime(held));
  }
  if (!found) return;
  funnel(places.funnel, held.id);
  const lead = h("p", { class: "lead" }, say(`round.at.${chosen.basis}`, { moment: inParis(found.asOf) }));
  places.whole.replaceChildren(lead, ...whole(found.total));
  places.groups.replaceChildren(...groups(found, by));
}

function form(rounds, held, again) {
  const closed = held.state !== "OPEN";
  const moments = ["latest", "opening", "closing", "chosen"].map((each) => [
    each,
    say(`moment.${each}`),
    each === "closing" && !closed,
  ]);
  const change = (name) => (value) => {
    chosen[name] = value;
    at.hidden = chosen.moment !== "chosen";
    if (chosen.moment !== "chosen" || chosen.at) again();
  };
  const first = inputInParis(held.opensAt);
  const typed = { type: "datetime-local", step: 3600, min: first, onchange: (event) => change("at")(event.target.value) };
  const at = field("at", say("round.hour"), chosen.at, typed);
  at.hidden = chosen.moment !== "chosen";
  const bases = ["recorded", "happenedBy"].map((each) => [each, say(`basis.${each}`)]);
  const axes = AXES.map((each) => [each, say(`axis.${each}`)]);
  const which = roundChoice(rounds, held, again);
  if (held.state === "UPCOMING") return h("div", { class: "controls" }, which);
  return h(
    "div",
    { class: "controls" },
    which,
    choice("moment", say("round.moment"), moments, chosen.moment, change("moment")),
    at,
    choice("basis", say("round.basis"), bases, chosen.basis, change("basis")),
    choice("axis", say("round.by"), axes, chosen.by, change("by")),
  );
}

function whole(total) {
  if (!total) return [empty("round.few")];
  const tally = total[chosen.basis];
  const kinds = { delivered: "arrived", undelivered: "lost", waiting: "open" };
  const parts = Object.entries(kinds).map(([name, kind]) =>
    h("div", {}, h("dt", {}, swatch(kind), say(`tally.${name}`)), h("dd", {}, number(tally[name]))),
  );
  return [
    h("p", { class: "share" }, h("strong", {}, percent(tally.share)), " ", sayCount("round.share", total.confirmed)),
    stack(Object.entries(kinds).map(([name, kind]) => [kind, tally[name]])),
    h("dl", { class: "figures legend" }, ...parts),
  ];
}

function groups({ groups: found, folded, suppressed }, by) {
  if (!found.length && !folded) return [empty("round.nogroups")];
  const flat = (line) => ({ ...line, ...line[chosen.basis] });
  const unnamed = say(by === "PARTNER" ? "group.direct" : "group.unknown");
  const name = ({ group }) => (by === "COUNTRY" ? country(group) : group || unnamed);
  const count = (key) => ({
    ...{ key, label: say(`tally.${key}`), numeric: true },
    show: (row) => number(row[key]),
    value: (row) => row[key],
  });
  const columns = [
    { key: "group", label: say(`axis.${by}`), show: (row) => row.name ?? name(row), value: name },
    { key: "share", label: say("tally.share"), numeric: true, value: ({ share }) => share, show: ({ share }) => barred(share, percent(share)) },
    ...["confirmed", "delivered", "undelivered", "waiting"].map(count),
  ];
  const rest = folded && [{ ...flat(folded), name: sayCount("round.folded", suppressed), mark: "folded" }];
  const shown = table({
    ...{ name: "evidence", caption: say("round.caption"), columns },
    ...{ rows: found.map(flat), last: rest ?? [] },
  });
  return [shown, suppressed ? h("p", { class: "hint" }, say("round.suppressed", { cell: number(cell) })) : ""];
}
