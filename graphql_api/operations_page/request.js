/** One request: where it stands, and what happened to it, line by line. Its id stays out of the
 * address: addresses end in histories. */

import { h } from "./dom.js";
import { coded, country, inParis, short } from "./format.js";
import { ask } from "./gateway.js";
import { field, section, terms } from "./parts.js";
import { empty } from "./table.js";
import { currentLanguage, say } from "./text.js";

export const request = { name: "request", scope: "operations:read", load, open };

/** Go to a request, of whose link this is the click. */
export function showRequest(event, id) {
  event?.preventDefault();
  history.pushState({ id }, "", "#request");
  dispatchEvent(new HashChangeEvent("hashchange"));
}

async function load() {
  const id = history.state?.id;
  if (!id) return { id: "" };
  const { recoveryRequest: found } = await ask("request", { id });
  return { id, found };
}

function open(again) {
  const place = h("div");
  const find = (event) => {
    event.preventDefault();
    history.replaceState({ id: new FormData(event.target).get("id").trim() }, "", "#request");
    again();
  };
  const form = h(
    "form",
    { onsubmit: find, class: "controls" },
    field("id", say("request.id"), history.state?.id ?? "", { required: true, size: 32 }),
    h("button", {}, say("request.find")),
  );
  const back = h("p", {}, h("a", { href: "#requests" }, say("request.back")));
  return { nodes: [place, form, back], show: (told) => place.replaceChildren(...shown(told)) };
}

function shown({ id, found }) {
  const heading = (key) => h("h1", { tabindex: "-1" }, say(key));
  if (!id) return [heading("request.which")];
  if (!found) return [heading("request.unknown"), h("p", { class: "lead" }, say("request.unknown.hint"))];
  const { request: it, entries } = found;
  return [
    h("p", { class: "over" }, say("request.heading")),
    h("h1", { tabindex: "-1" }, coded("state", it.state)),
    terms([
      [say("request.id"), h("code", {}, it.id)],
      [say("requests.why"), it.reason ? coded("reason", it.reason) : it.cause && coded("cause", it.cause)],
      [say("requests.received"), inParis(it.receivedAt)],
      [say("request.confirmed"), it.confirmedAt && inParis(it.confirmedAt)],
      [say("request.changed"), it.changedAt && inParis(it.changedAt)],
      [say("requests.country.short"), it.country && country(it.country)],
      [say("axis.CONSTITUENCY"), it.constituency],
      [say("requests.partner.short"), it.partner],
      [say("request.round"), it.votingRound],
      [say("request.voter"), it.voter && h("code", {}, it.voter)],
    ]),
    section("timeline", say("request.timeline"), timeline(entries)),
  ];
}

function timeline(entries) {
  if (!entries.length) return empty("request.nothing");
  const lines = entries.map((entry) =>
    h("li", {}, h("p", { class: "when" }, ...when(entry)), h("p", {}, entry[currentLanguage()])),
  );
  return h("ol", { class: "timeline" }, ...lines);
}

/** Both clocks: that of the election, and that of the logs. */
function when({ at, recordedAt }) {
  const late = Date.parse(recordedAt) - Date.parse(at) > 60_000;
  const [paris, utc] = ["Europe/Paris", "UTC"].map((zone) => short(at, zone, true));
  return [
    h("time", { datetime: at }, say("request.paris", { time: paris })),
    h("span", { class: "quiet" }, say("request.utc", { time: utc })),
    late && h("span", { class: "quiet" }, say("request.late", { time: short(recordedAt, "Europe/Paris", true) })),
  ].filter(Boolean);
}
