/** A page has several views, one of which is shown; the focus goes to its heading. */

export function showView(name) {
  for (const view of document.querySelectorAll("section[id$='-view']")) {
    view.hidden = view.id !== `${name}-view`;
  }
  document.querySelector(`#${name}-view h1`).focus();
  window.scrollTo(0, 0);
}
