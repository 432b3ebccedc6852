/** The token of the e-mail's link: taken out of the address at once, kept for this tab alone.
 *
 * It comes in the fragment, which no server and no Referer sees; after this it is not in the
 * address bar nor in the history either. It is kept so that a reload does not lose it;
 * after the renewal, so that a reload says that the link has served.
 */

const KEPT = "reassort.token";

/** The token of this page's address, or the one kept from before a reload; "" without one. */
export function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!token) return stored(() => sessionStorage.getItem(KEPT)) ?? "";
  history.replaceState(null, "", location.pathname + location.search);
  stored(() => sessionStorage.setItem(KEPT, token));
  return token;
}

// A link opened in a tab that already shows this page only changes the fragment.
addEventListener("hashchange", () => {
  if (location.hash.includes("token=")) location.reload();
});

// Some in-app browsers refuse storage; the page then works until it is reloaded.
function stored(step) {
  try {
    return step();
  } catch {
    return null;
  }
}
