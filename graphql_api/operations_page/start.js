/** The page: who has signed in sees the views, by their addresses; others are asked to sign in. */

import { h } from "./dom.js";
import { client, discovered } from "./issuer.js";
import { now } from "./now.js";
import { request } from "./request.js";
import { requests } from "./requests.js";
import { round } from "./round.js";
import { forget, hold, isSignedIn } from "./session.js";
import { comeBack, goToIssuer } from "./sign-in.js";
import { currentLanguage, say, startText, whenLanguageChanges } from "./text.js";
import { signedOut } from "./troubles.js";
import { unreached } from "./unreached.js";
import { redraw, stop, watch } from "./watch.js";

const VIEWS = { now, round, requests, request, unreached };
const IN_NAVIGATION = { request: "requests", unreached: "now" };
const main = document.getElementById("content");
const navigation = document.getElementById("views");
const leave = document.getElementById("sign-out");
let outside = {}; // why nobody is signed in

const asked = () => (location.hash.slice(1) in VIEWS ? location.hash.slice(1) : "now");

function route() {
  const name = asked();
  for (const each of [navigation, leave]) each.hidden = !isSignedIn();
  for (const link of navigation.querySelectorAll("a")) {
    const isHere = link.hash === `#${IN_NAVIGATION[name] ?? name}`;
    if (isHere) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (isSignedIn()) watch(VIEWS[name], signIn);
  else showOutside();
}

function showOutside() {
  stop();
  main.replaceChildren(...signedOut(signIn, outside));
  const heading = main.querySelector("h1");
  document.title = say("title", { heading: heading.textContent, site: say("site.name") });
  if (outside.failure || outside.out) heading.focus();
}

async function signIn() {
  forget();
  try {
    await goToIssuer(asked());
  } catch (failure) {
    outside = { failure };
    route();
  }
}

leave.addEventListener("click", async () => {
  forget();
  outside = { out: true };
  route();
  const { end_session_endpoint: address } = await discovered().catch(() => ({}));
  if (!address || isSignedIn()) return;
  const to = new URL(address);
  to.searchParams.set("client_id", client);
  to.searchParams.set("post_logout_redirect_uri", location.origin + location.pathname);
  outside = { out: true, leave: to.href };
  showOutside();
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
addEventListener("hashchange", route);

async function start() {
  await startText();
  main.replaceChildren(h("p", { class: "lead" }, say("loading")));
  try {
    const tokens = await comeBack();
    if (tokens) hold(tokens);
  } catch (failure) {
    outside = { failure };
  }
  route();
  let spoken = currentLanguage();
  whenLanguageChanges(() => {
    if (spoken === currentLanguage()) return;
    spoken = currentLanguage();
    if (isSignedIn()) redraw();
    else showOutside();
  });
}

await start();
