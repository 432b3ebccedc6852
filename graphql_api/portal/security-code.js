/** The security code on a form: a picture, a sound, or a computation in place of both. What a code
 * costs besides its digits is computed while the voter types. */

import { Lost, ask, run } from "./gateway.js";
import { buildCode } from "./security-code-view.js";
import { pay } from "./price.js";
import { solve } from "./proof-of-work.js";
import { currentLanguage, whenLanguageChanges } from "./text.js";
import { inSeconds } from "./waiting.js";

/** Put a security code into `place`, for the step that it names. Returns what a form needs. */
export function securityCode(place) {
  const step = place.dataset.securityCode;
  const view = buildCode(place);
  let current = null;
  let solution = null; // of a computation in place of digits
  let payment = null; // for digits, under way
  let turns = 0;
  let underWay = renew();

  /** Have another code; of two that are asked for one after the other, the last one counts. */
  async function renew(kind = "DIGITS") {
    const turn = ++turns;
    const isWanted = () => turn === turns;
    current = solution = payment = null;
    view.loading();
    try {
      const code = await run("issue-security-code", { step, kind });
      if (!isWanted()) return;
      current = code;
      startToPay(code);
      if (code.kind === "DIGITS") return view.digits(code.image, turn > 1);
      view.computing();
      const solved = await solve(code.challenge, isWanted);
      if (!isWanted()) return;
      solution = solved;
      view.computed();
    } catch (failure) {
      if (!(failure instanceof Lost)) throw failure;
      if (isWanted()) failed(failure);
    }
  }

  /** Work on a code's price, until there is another code. */
  function startToPay({ price }) {
    const turn = turns;
    payment = pay(price, () => turn === turns);
  }

  /** What is asked for has changed since the code was issued: the code and its digits stay. */
  async function payAgain() {
    const locale = currentLanguage().toUpperCase();
    const code = current && (await ask("security-code", { id: current.id, locale }));
    if (code) startToPay(code);
    else await start(); // it has run out
  }

  const start = (kind) => (underWay = renew(kind));
  const failed = ({ retryAfter }) => view.failed(inSeconds(retryAfter), () => start());

  /** What a form sends; waits for computations that are under way. Throws `Lost` without one. */
  async function answer() {
    await underWay;
    if (!current) throw new Lost(false, { place: view.status.id });
    const proof = await payment;
    return { id: current.id, answer: solution ?? view.input.value, ...(proof && { proof }) };
  }

  /** The code that is on the screen, spoken. */
  async function listen() {
    const locale = currentLanguage().toUpperCase();
    try {
      const code = current && (await ask("security-code", { id: current.id, locale }));
      if (code) view.play(code.audio);
      else start(); // it has run out
    } catch (failure) {
      if (!(failure instanceof Lost)) throw failure;
      view.unheard(); // the picture is as good as it was
    }
  }

  view.another.addEventListener("click", () => start());
  view.back.addEventListener("click", () => start());
  view.listen.addEventListener("click", listen);
  view.compute.addEventListener("click", () => start("PROOF_OF_WORK"));
  whenLanguageChanges(view.relabel);

  return {
    field: "securityCode.answer",
    renew: () => start(solution ? "PROOF_OF_WORK" : "DIGITS"),
    isComputed: () => solution !== null,
    payAgain,
    answer,
  };
}
