/** One view is shown at a time; its figures are asked for again for as long as it can be seen. */

import { every, makeBar } from "./bar.js";
import { present } from "./clock.js";
import { h } from "./dom.js";
import { say } from "./text.js";
import { complaint, panel } from "./troubles.js";

const FINAL = ["ended", "forbidden", "invalid"]; // asking again changes nothing
const place = document.getElementById("watch");
const main = document.getElementById("content");
let turn = 0; // an answer to an earlier turn is dropped
let timer = 0;
let shown = null;

/** Show a view, and keep it fresh. `signIn`: called when the operator wants to sign in again. */
export function watch(view, signIn) {
  stop();
  shown = { view, signIn, at: null, of: null, told: null, trouble: null, busy: false };
  main.replaceChildren(h("h1", { tabindex: "-1" }, say("loading")));
  build();
  refresh();
}

/** Show the view anew with what it was told last: the language has changed. */
export function redraw() {
  if (!shown) return;
  build();
  if (shown.told) draw();
  update();
}

/** Ask for nothing more. */
export function stop() {
  turn += 1;
  clearTimeout(timer);
  shown = null;
  place.hidden = true;
}

function build() {
  const { view } = shown;
  shown.opened = view.open(refresh);
  shown.bar = makeBar(place, view.polls ? next : null, () => shown.busy || refresh());
  place.hidden = false;
}

async function refresh() {
  clearTimeout(timer);
  const mine = ++turn;
  shown.busy = true;
  update();
  const answer = await shown.view.load().then(
    (told) => ({ told, at: Date.now(), of: present(), trouble: null }),
    (trouble) => ({ trouble }),
  );
  if (mine !== turn) return;
  const isFirst = !shown.told && !shown.trouble;
  Object.assign(shown, answer, { busy: false });
  if (answer.told) draw();
  update();
  if (isFirst) main.querySelector("h1")?.focus();
  next();
  if (answer.trouble && !answer.trouble.kind) throw answer.trouble; // a defect of ours
}

/** The figures; the focus stays where it was. */
function draw() {
  const { nodes, show } = shown.opened;
  const focused = document.activeElement?.id;
  show(shown.told);
  if (!main.contains(nodes[0])) main.replaceChildren(...nodes);
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus();
}

/** Everything about the figures. */
function update() {
  const { bar, trouble, told, at, of, busy, signIn } = shown;
  bar.busy(busy);
  bar.tell(at, of);
  if (!busy) {
    bar.complain(trouble && told ? complaint(trouble, signIn) : []);
    if (trouble && !told) main.replaceChildren(...panel(trouble, signIn, shown.view.scope));
  }
  callPage();
}

/** The page is called by its headline, so that a tab in the background tells what is wrong. */
function callPage() {
  const heading = main.querySelector("h1")?.textContent ?? "";
  document.title = say("title", { heading, site: say("site.name") });
  if (shown.told) shown.bar.announce(heading);
}

function next() {
  clearTimeout(timer);
  const seconds = every();
  const { view, trouble } = shown;
  shown.bar.tell(shown.at, shown.of);
  if (!view.polls || !seconds || FINAL.includes(trouble?.kind) || document.hidden) return;
  timer = setTimeout(refresh, 1000 * Math.max(seconds, trouble?.retryAfter ?? 0));
}

setInterval(() => shown?.bar.tell(shown.at, shown.of), 5000);
document.addEventListener("visibilitychange", () => {
  if (!shown) return;
  const seconds = every();
  const isDue = seconds && Date.now() - (shown.at ?? 0) > 1000 * seconds;
  const asks = shown.view.polls && !FINAL.includes(shown.trouble?.kind) && !shown.busy;
  if (!document.hidden && isDue && asks) refresh();
  else next();
});
