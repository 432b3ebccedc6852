/** The token of the e-mail's link: taken out of the address at once, kept for this tab alone.
 *
 * It comes in the fragment, which no server and no Referer sees, unless a scanner has moved it.
 * From here on it is neither in the address bar nor in the tab's own history. A browser that keeps
 * a history may have noted the address before any script ran: what bounds that is the link's
 * lifetime, its single use, and the identifier. It is kept so that a reload does not lose it, and
 * goes when it has served: one word stays then, so that a reload says that all is well.
 */

import { keep, kept } from "./kept.js";
import { hadToken, readToken } from "./read-token.js";

const TOKEN = "reassort.token";
const RENEWED = "reassort.renewed";

/** What this page was opened with: `token` ("" without), whether the link `wasSpoilt`, and whether
 * this tab `hasRenewed` and nothing was opened in it since. */
export function openedLink() {
  const address = location.href;
  if (!hadToken(address)) {
    return { token: kept(TOKEN), wasSpoilt: false, hasRenewed: kept(RENEWED) !== "" };
  }
  const query = new URLSearchParams(location.search);
  query.delete("token");
  const path = location.pathname.replace(/(%|&|=|;).*/, "");
  history.replaceState(null, "", path + (query.size ? `?${query}` : ""));
  const token = readToken(address);
  keepToken(token);
  return { token, wasSpoilt: !token, hasRenewed: false };
}

/** Keep the token that is in use, for reloads. */
export function keepToken(token) {
  keep(TOKEN, token);
  keep(RENEWED, "");
}

/** The renewal is done: the token goes, the word that it is done stays until the tab is closed. */
export function forgetToken() {
  keep(TOKEN, "");
  keep(RENEWED, "yes");
}

// A link opened in a tab that already shows this page only changes the fragment.
addEventListener("hashchange", () => {
  if (hadToken(location.hash)) location.reload();
});
