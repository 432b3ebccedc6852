/** What this tab keeps until it is closed. Some browsers refuse: then it is lost with the page. */

/** Keep a text, or nothing more. */
export const keep = (name, text) =>
  tried(() => (text ? sessionStorage.setItem(name, text) : sessionStorage.removeItem(name)));

/** The text that was kept; "" without one. */
export const kept = (name) => tried(() => sessionStorage.getItem(name)) ?? "";

function tried(step) {
  try {
    return step();
  } catch {
    return null;
  }
}
