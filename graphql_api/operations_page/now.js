/** The first view: who is unreached, and why; how messages fare; which routes have fallen. */

import { answerTo, raised } from "./alerts.js";
import { barred, sign } from "./charts.js";
import { h } from "./dom.js";
import { coded, country, groupName, hour, number, percent, sayCount } from "./format.js";
import { ask } from "./gateway.js";
import { below, isPoor, judge, unreachedIn } from "./judge.js";
import { choice, section } from "./parts.js";
import { empty, table } from "./table.js";
import { say } from "./text.js";
import { showUnreached } from "./unreached.js";

const SPANS = ["60", "360", "1440", "10080"]; // minutes
const MOST = 8; // troubles besides the worst
const chosen = { minutes: "60", by: "DESTINATION" };

export const now = { name: "now", scope: "deliveries:read", polls: true, load, open };

async function load() {
  const minutes = Number(chosen.minutes);
  const { by } = chosen;
  const [told, alerts, more] = await Promise.all([
    ask("now", { minutes }),
    raised(),
    by !== "DESTINATION" && ask("rates", { by, minutes }),
  ]);
  return { ...told, alerts, by, minutes, shown: more ? more.deliveryRates : told.deliveryRates };
}

function open(again) {
  const places = { head: h("div"), unreached: h("div"), rates: h("div"), routes: h("div") };
  const choose = (name) => (value) => {
    chosen[name] = value;
    again();
  };
  const spans = SPANS.map((each) => [each, say(`span.${each}`)]);
  const groupings = ["DESTINATION", "OPERATOR", "ROUTE"].map((each) => [each, say(`by.${each}`)]);
  const controls = h(
    "div",
    { class: "controls" },
    choice("span", say("rates.span"), spans, chosen.minutes, choose("minutes")),
    choice("by", say("rates.by"), groupings, chosen.by, choose("by")),
  );
  const nodes = [
    places.head,
    section("unreached", say("unreached.heading"), places.unreached),
    section("rates", say("rates.heading"), controls, places.rates),
    section("routes", say("routes.heading"), places.routes),
  ];
  return { nodes, show: (told) => show(places, told, again) };
}

function show(places, told, again) {
  places.head.replaceChildren(...head(told, again));
  places.unreached.replaceChildren(...unreached(told.votersUnreached));
  places.rates.replaceChildren(rates(told));
  places.routes.replaceChildren(routes(told.routes));
}

function head(told, again) {
  const { level, headline, troubles } = judge(told, say(`span.${told.minutes}`));
  const others = troubles.slice(1, 1 + MOST).map((each) => trouble(each, again));
  const left = troubles.length - 1 - others.length;
  if (left > 0) others.push(h("li", { class: "quiet" }, sayCount("judge.left", left)));
  const title = h("h1", { tabindex: "-1" }, headline);
  const said = h("p", { class: "level" }, sign(level), say(`level.${level}`));
  const more = troubles[0]?.more && h("p", { class: "hint" }, troubles[0].more);
  return [
    h("div", { class: `headline ${level}` }, said, title, more, answerTo(troubles[0]?.alert, again)),
    others.length > 0 && h("ul", { class: "troubles" }, ...others),
    !told.alerts && h("p", { class: "hint" }, say("judge.unseen")),
  ].filter(Boolean);
}

const trouble = ({ level, text, more, alert }, again) =>
  h(
    "li",
    {},
    sign(level),
    h("span", { class: "quiet" }, say(`level.${level}`)),
    text,
    answerTo(alert, again),
    more && h("span", { class: "hint" }, more),
  );

function unreached(found) {
  const figures = ["waiting", "lost", "links"].map((name) =>
    h("div", {}, h("dt", {}, say(`unreached.${name}`)), h("dd", {}, number(found[name]))),
  );
  const whole = unreachedIn(found);
  const besides = ["receiptsNotExpected", "linksNotTaken"]
    .filter((name) => found[name])
    .map((name) => h("p", { class: "hint" }, sayCount(`unreached.${name}`, found[name])));
  return [h("dl", { class: "figures" }, ...figures), causes(found.causes, whole), ...besides];
}

function causes(rows, whole) {
  if (!rows.length) return empty("unreached.none");
  const columns = [
    {
      label: say("cause.column"),
      show: ({ cause }) => [
        h("a", { href: "#unreached", id: `cause-${cause}`, onclick: (event) => showUnreached(event, cause) }, coded("cause", cause)),
        h("span", { class: "hint" }, coded("cause.hint", cause)),
      ],
    },
    {
      ...{ label: say("cause.voters"), numeric: true, key: "voters", value: ({ voters }) => voters },
      show: ({ voters }) => barred(voters / whole, number(voters), "lost"),
    },
  ];
  return table({ name: "causes", caption: say("unreached.caption"), columns, rows });
}

function rates({ shown, by }) {
  if (!shown.length) return empty("rates.none");
  const count = (key) => ({
    ...{ key, label: say(`rates.${key}`), numeric: true },
    show: (row) => number(row[key]),
    value: (row) => row[key],
  });
  const columns = [
    { key: "group", label: say(`by.${by}`), show: (row) => groupName(row, by), value: (row) => groupName(row, by) },
    { key: "channel", label: say("rates.channel"), show: (row) => say(`channel.${row.channel}`), value: (row) => row.channel },
    { key: "rate", label: say("rates.rate"), numeric: true, show: rate, value: (row) => row.rate },
    ...["delivered", "lost", "pending"].map(count),
  ];
  const rows = shown.map((row) => ({ ...row, mark: isPoor(row) && "poor" }));
  return table({ name: "rates", caption: say("rates.caption"), columns, rows });
}

function rate(row) {
  if (row.taken && row.rate === null) return say("rates.taken", { count: number(row.taken) });
  const text = barred(row.rate, percent(row.rate));
  return isPoor(row) ? [text, h("span", { class: "tag" }, say("rates.poor", { share: percent(below) }))] : text;
}

function routes(all) {
  if (!all.length) return empty("routes.none");
  const fallen = (route) => route.health === "FAILING";
  const rows = [...all].sort((a, b) => fallen(b) - fallen(a) || (a.since < b.since ? 1 : -1));
  const columns = [
    { key: "route", label: say("by.ROUTE"), show: ({ route }) => route, value: ({ route }) => route },
    { label: say("rates.channel"), show: ({ channel }) => say(`channel.${channel}`) },
    { label: say("routes.place"), show: ({ country: code, domain }) => domain ?? country(code) },
    { label: say("routes.health"), show: (row) => [sign(fallen(row) ? "bad" : "good"), coded("health", row.health)] },
    { label: say("routes.since"), show: ({ since }) => hour(since) },
  ];
  return table({ name: "routes", caption: say("routes.caption"), columns, rows });
}
