/** A table that can be sorted by its heads, and that becomes a list of cards on a narrow screen. */

import { h } from "./dom.js";
import { sayCount } from "./format.js";
import { currentLanguage, say } from "./text.js";

const FIRST = 15; // rows that are shown before all are asked for
const chosen = {}; // by table: how it is sorted, and whether all of it is shown

/** Make a table. `name`: by which it remembers how it was sorted; `caption`: what it shows;
 * `columns`: `{ key, label, show(row), value(row), numeric }`, with `value` where it can be sorted;
 * `rows`, in the order in which they came; `last`: rows that stay at the end; `isWhole`: show all at
 * once. */
export function table({ name, caption, columns, rows, last = [], isWhole = false }) {
  const state = (chosen[name] ??= { by: null, down: false, all: false });
  const sorts = columns.some(({ value }) => value);
  const body = h("tbody", { role: "rowgroup" });
  const show = () => fill(body, more, heads, { columns, rows, last, state, isWhole });
  const showAll = () => {
    state.all = true;
    show();
    body.rows[FIRST]?.firstElementChild.focus();
  };
  const more = h("button", { type: "button", id: `${name}-more`, class: "plain", onclick: showAll });
  const heads = columns.map((column) => head(name, column, state, show));
  const whole = h(
    "table",
    { role: "table", class: name },
    h("caption", {}, caption, sorts && h("span", { class: "narrow" }, say("table.sort"))),
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ...heads)),
    body,
  );

  show();
  return h("div", { class: "table" }, whole, more);
}

function fill(body, more, heads, { columns, rows, last, state, isWhole }) {
  const sorted = inOrder(rows, columns, state);
  const all = isWhole || state.all || rows.length <= FIRST;
  const seen = all ? sorted : sorted.slice(0, FIRST);
  body.replaceChildren(...[...seen, ...last].map((row) => line(columns, row)));
  more.hidden = all;
  more.textContent = sayCount("table.all", rows.length);
  columns.forEach(({ key, value }, index) => {
    const order = key !== state.by ? "none" : state.down ? "descending" : "ascending";
    if (value) heads[index].setAttribute("aria-sort", order);
  });
}

function head(name, column, state, show) {
  const attributes = { scope: "col", role: "columnheader", class: column.numeric && "figure" };
  if (!column.value) return h("th", attributes, column.label);
  const sort = () => {
    state.down = state.by === column.key ? !state.down : Boolean(column.numeric);
    state.by = column.key;
    show();
  };
  const id = `${name}-by-${column.key}`;
  return h("th", attributes, h("button", { type: "button", id, onclick: sort }, column.label));
}

function inOrder(rows, columns, { by, down }) {
  const column = columns.find(({ key }) => key === by);
  if (!column) return rows;
  const compare = new Intl.Collator(currentLanguage()).compare;
  const [before, after] = down ? [1, -1] : [-1, 1];
  return [...rows].sort((left, right) => {
    const [a, b] = [column.value(left), column.value(right)];
    if (a === null || b === null) return (a === null) - (b === null);
    if (typeof a === "string") return down ? compare(b, a) : compare(a, b);
    return a < b ? before : a > b ? after : 0;
  });
}

function line(columns, row) {
  const cells = columns.map(({ label, show, numeric }, index) => {
    const content = [show(row)].flat().filter((each) => each || each === 0);
    if (index === 0) return h("th", { scope: "row", role: "rowheader", tabindex: "-1" }, content);
    const kind = [numeric && "figure", !content.length && "nothing"].filter(Boolean).join(" ");
    const attributes = { role: "cell", "data-label": label, class: kind || null };
    return h("td", attributes, h("span", {}, content));
  });
  return h("tr", { role: "row", class: row.mark }, ...cells);
}

/** What is said where a table would have no row. */
export const empty = (key) => h("p", { class: "empty" }, say(key));
