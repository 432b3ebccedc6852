/** The bar above a view: how old its figures are, how often they are asked for, and what keeps newer
 * ones from coming. It is made once a view, so that nothing is taken from under a hand. */

import { h } from "./dom.js";
import { duration, timeOf } from "./format.js";
import { keep, kept } from "./kept.js";
import { choice } from "./parts.js";
import { say } from "./text.js";

const EVERY = ["30", "60", "300", "0"]; // seconds; 0: by hand
const CHOICE = "reassort.every";
const OLD = 2.5; // intervals after which figures are called old
const WITHOUT_INTERVAL = 300; // seconds, in place of an interval

/** How often figures are asked for, in seconds; 0 for by hand alone. */
export const every = () => Number(EVERY.includes(kept(CHOICE)) ? kept(CHOICE) : EVERY[0]);

/** Make the bar in `place`. `changed`: called when another interval is chosen; null for a view that
 * has none; `refresh`: called when the button is used. */
export function makeBar(place, changed, refresh) {
  const age = h("p", { class: "age" });
  const news = h("p", { class: "unseen", role: "status" });
  const trouble = h("div", { role: "alert" });
  const button = h("button", { type: "button", id: "refresh", onclick: refresh });
  const options = EVERY.map((each) => [
    each,
    each === "0" ? say("watch.never") : duration(Number(each)),
  ]);
  const choose = (value) => {
    keep(CHOICE, value);
    changed();
  };
  const interval = changed && choice("every", say("watch.every"), options, `${every()}`, choose);
  place.replaceChildren(h("div", { class: "controls" }, age, interval, button), news, trouble);

  return {
    /** Say when the figures are from: `at` by this machine's clock, by which they grow old, `of` by
     * the gateway's; milliseconds since 1970, null for none. */
    tell(at, of) {
      if (at === null) return;
      const seconds = (Date.now() - at) / 1000;
      const isOld = Boolean(changed) && seconds > OLD * (every() || WITHOUT_INTERVAL);
      const time = say("watch.at", { time: timeOf(of, true) });
      write(age, isOld ? `${time} ${say("watch.old", { age: duration(seconds) })}` : time);
      age.classList.toggle("old", isOld);
    },
    /** Show that an answer is waited for. */
    busy(isBusy) {
      write(button, say(isBusy ? "watch.busy" : "watch.refresh"));
      button.toggleAttribute("aria-disabled", isBusy);
      if (isBusy) button.setAttribute("aria-disabled", "true");
    },
    /** Tell who cannot see that the headline has changed. */
    announce: (text) => write(news, text),
    /** Show what is wrong beside figures that are there still. */
    complain: (nodes) => trouble.replaceChildren(...nodes),
  };
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
