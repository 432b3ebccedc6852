/** How a security code looks: made once, then shown in one of its states. */

import { say } from "./text.js";
import { retryButton } from "./waiting.js";

export function buildCode(place) {
  const fieldset = make("fieldset", place, { className: "code" });
  const legend = make("legend", fieldset, { key: "code.legend" });
  const digits = make("div", fieldset, { className: "digits" });
  const image = make("img", digits, { width: 200, height: 70 });
  const audio = make("audio", digits, { controls: true, hidden: true });
  const status = make("p", fieldset, { className: "hint", id: "code-status" });
  status.setAttribute("role", "status");
  status.tabIndex = -1;
  const choices = make("div", fieldset, { className: "choices" });
  const retry = make("div", choices);
  const another = button(choices, "code.another");
  const listen = button(choices, "code.listen");
  const compute = button(choices, "code.compute");
  const back = button(choices, "code.digits");
  const field = make("div", fieldset, { className: "field" });
  const input = make("input", null, { id: "answer", name: "answer", required: true });
  const label = make("label", field, { key: "code.answer", htmlFor: input.id });
  Object.assign(input, { inputMode: "numeric", autocomplete: "off" });
  field.append(input);

  const labelled = [legend, another, listen, compute, back, label];
  let said = "code.loading";

  /** Show one state: the parts that are of use in it, and what is said of it. */
  function show(parts, key) {
    const focused = document.activeElement;
    for (const part of [digits, audio, another, listen, compute, back, retry, field]) {
      part.hidden = !parts.includes(part);
    }
    choices.hidden = !choices.querySelector(":scope > :not([hidden])");
    said = key;
    status.textContent = key ? say(key) : "";
    if (focused?.closest("[hidden]")) status.focus(); // what had it is gone
  }

  return {
    input,
    status,
    another,
    listen,
    compute,
    back,
    loading() {
      input.value = "";
      show([digits, another, listen, compute, field], "code.loading");
    },
    digits(picture, anew) {
      image.src = picture;
      audio.removeAttribute("src");
      show([digits, another, listen, compute, field], anew ? "code.renewed" : null);
    },
    play(sound) {
      audio.hidden = false;
      audio.src = sound;
      audio.play().catch(() => {}); // the controls are there for whoever must press play
      input.focus();
    },
    unheard() {
      said = "code.unheard";
      status.textContent = say(said);
    },
    computing: () => show([back], "code.computing"),
    computed: () => show([back], "code.computed"),
    /** `act` gets another one, from `when` on: until then nothing else would, either. */
    failed(when, act) {
      const again = retryButton("code.retry", when, act);
      again.className = "plain";
      retry.replaceChildren(again);
      show(when > Date.now() ? [retry] : [retry, compute], "code.failed");
    },
    relabel() {
      labelled.forEach((part) => (part.textContent = say(part.dataset.key)));
      image.alt = say("code.image");
      audio.setAttribute("aria-label", say("code.sound"));
      status.textContent = said ? say(said) : "";
    },
  };
}

const button = (parent, key) => make("button", parent, { type: "button", className: "plain", key });

function make(name, parent, { key, ...properties } = {}) {
  const made = Object.assign(document.createElement(name), properties);
  if (key) made.dataset.key = key;
  parent?.append(made);
  return made;
}
