/** Trying again: at once, or once the time that was asked for has passed. */

import { make } from "./elements.js";
import { say } from "./text.js";

const LONG = 120; // seconds; what is longer is told in minutes

/** When a wait of so many seconds ends, in the browser's milliseconds. */
export const inSeconds = (seconds = 0) => Date.now() + seconds * 1000;

/** A button that does `act` from `when` on, and counts down until then. */
export function retryButton(key, when, act) {
  const button = make("button", { type: "button" });
  button.addEventListener("click", () => button.hasAttribute("aria-disabled") || act());
  tick();
  return button;

  function tick() {
    const left = Math.ceil((when - Date.now()) / 1000);
    button.toggleAttribute("aria-disabled", left > 0);
    if (left > 0) button.setAttribute("aria-disabled", "true");
    if (left <= 0) button.dataset.t = key; // from now on it follows the page's language
    button.textContent = left > 0 ? countedDown(left) : say(key);
    if (left > 0) setTimeout(tick, 250);
  }
}

const countedDown = (seconds) =>
  seconds > LONG
    ? say("form.wait.minutes", { minutes: Math.ceil(seconds / 60) })
    : say("form.wait", { seconds });

/** What is said of a gateway that did not answer: the reference, for the assistance cell. */
export const referenceOf = ({ reference }) =>
  reference ? [make("p", { key: "form.reference", values: { reference } })] : [];
