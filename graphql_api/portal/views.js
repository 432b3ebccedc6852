/** A page has several views, one of which is shown. What comes later is made when it has come: a
 * browser that runs no script would show all of it at once; and it goes with the view. */

import { make } from "./elements.js";
import { say, whenLanguageChanges } from "./text.js";

/** Show a view; `content` replaces what it has, its heading first. The focus goes to the heading,
 * and the page is called after it. */
export function showView(name, ...content) {
  const view = document.getElementById(`${name}-view`) ?? added(name);
  if (content.length) view.replaceChildren(...content);
  for (const each of document.querySelectorAll("section[id$='-view']")) {
    if (each !== view && each.dataset.made) each.remove();
    else each.hidden = each !== view;
  }
  const heading = view.querySelector("h1");
  heading.id = `${name}-heading`;
  heading.tabIndex = -1;
  heading.focus();
  window.scrollTo(0, 0);
  callPage();
}

/** Name the page after the view that is shown, and say whether something is wrong on it. */
export function callPage() {
  const heading = document.querySelector("section:not([hidden]) > h1");
  if (!heading) return;
  const wrong = document.querySelector("section:not([hidden]) .problems:not([hidden])");
  const title = say("title", { heading: heading.textContent, site: say("site.name") });
  document.title = wrong ? say("title.problem", { title }) : title;
}

function added(name) {
  const view = make("section", { id: `${name}-view` });
  view.dataset.made = "yes";
  [...document.querySelectorAll("main > section")].at(-1).after(view);
  return view;
}

whenLanguageChanges(callPage);
