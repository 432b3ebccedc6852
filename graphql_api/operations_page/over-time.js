/** How the share of passwords that had arrived has gone since the opening. Each hour is a count of its
 * own, and each counts by the network's limit: asked for by hand, one after another, and kept. */

import { barred, line } from "./charts.js";
import { h } from "./dom.js";
import { number, percent, short, timeOf } from "./format.js";
import { ask } from "./gateway.js";
import { empty, table } from "./table.js";
import { complaint } from "./troubles.js";
import { say } from "./text.js";

const MOST = 12; // points
const HOUR = 3_600_000; // milliseconds
const known = new Map(); // by round and hour; what was recorded then never changes
let drawn = null; // the round that is drawn

/** Whole hours from the first after the opening to `latest`, which the gateway calls over, or to the
 * closing; evenly, at most `MOST`. This machine's clock is not asked. */
function hoursOf({ opensAt, closesAt }, latest) {
  const first = Math.ceil((Date.parse(opensAt) + 1) / HOUR);
  const last = Math.floor(Math.min(Date.parse(closesAt), latest) / HOUR);
  const count = Math.max(0, Math.min(MOST, last - first + 1));
  const step = count > 1 ? (last - first) / (count - 1) : 0;
  return Array.from({ length: count }, (_, index) => HOUR * Math.round(first + index * step));
}

/** The part of the view: a button, then the chart and its table. */
export function overTime(held) {
  const place = h("div");
  const start = async () => {
    drawn = held.id;
    await draw(place, held, start);
  };
  if (drawn === held.id) start();
  else place.append(...offer(start));
  return place;
}

const offer = (start) => [
  h("p", { class: "lead" }, say("course.lead")),
  h("button", { type: "button", id: "course", onclick: start }, say("course.draw")),
];

async function draw(place, held, start) {
  const progress = h("p", { role: "status" }, say("loading"));
  place.replaceChildren(progress);
  try {
    const { deliveryEvidence: newest } = await ask("evidence", { round: held.id });
    const hours = hoursOf(held, Date.parse(newest.asOf));
    if (!hours.length) return place.replaceChildren(empty("course.early"));
    const points = [];
    for (const at of hours) {
      const count = { done: points.length + 1, all: hours.length };
      progress.textContent = say("course.counting", count);
      points.push(await pointAt(held.id, at));
    }
    place.replaceChildren(...chart(points, Math.min(768, place.clientWidth)));
  } catch (trouble) {
    drawn = null;
    place.replaceChildren(...complaint(trouble), ...offer(start));
  }
}

async function pointAt(round, at) {
  const name = `${round} ${at}`;
  if (!known.has(name)) {
    const asOf = new Date(at).toISOString();
    const { deliveryEvidence: found } = await ask("evidence", { round, asOf });
    known.set(name, { at, total: found.total });
  }
  return known.get(name);
}

function chart(points, width) {
  const levels = [0, 0.5, 1].map(percent);
  const shares = points.map(({ at, total }) => ({
    share: total ? total.recorded.share : null,
    label: timeOf(at),
  }));
  const columns = [
    { label: say("course.hour"), show: ({ at }) => short(at, "Europe/Paris") },
    {
      ...{ label: say("tally.share"), numeric: true },
      show: ({ total }) => total && barred(total.recorded.share, percent(total.recorded.share)),
    },
    {
      ...{ label: say("tally.confirmed"), numeric: true },
      show: ({ total }) => (total ? number(total.confirmed) : say("course.few")),
    },
  ];
  const shown = { name: "over-time", caption: say("course.caption"), columns, rows: points };
  return [line(shares, say("course.chart"), levels, width), table({ ...shown, isWhole: true })];
}
