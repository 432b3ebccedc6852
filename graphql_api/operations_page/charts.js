/** Figures as shapes. Whatever a shape says stands as text beside it, so that it is hidden from
 * screen readers unless it has a label; parts differ by pattern as well as by colour. */

import { h, svg } from "./dom.js";

const FILLS = { arrived: "var(--arrived)", lost: "url(#hatched)", open: "url(#dotted)" };
const rect = (kind, x, width) =>
  svg("rect", { x: `${x}%`, width: `${width}%`, height: "100%", fill: FILLS[kind] });

/** A share of 0 to 1 as a bar before its text; without a bar where nothing is known. */
export const barred = (share, text, kind = "arrived") =>
  h("span", { class: "barred" }, share !== null && bar(share, kind), h("span", {}, text));

const bar = (share, kind) =>
  svg("svg", { class: "bar", "aria-hidden": "true" }, rect(kind, 0, 100 * share));

/** Parts of a whole side by side: `[kind, count]` each. */
export function stack(parts) {
  const whole = parts.reduce((sum, [, count]) => sum + count, 0);
  let from = 0;
  const rects = parts.map(([kind, count]) => {
    const width = whole ? (100 * count) / whole : 0;
    from += width;
    return rect(kind, from - width, width);
  });
  return svg("svg", { class: "bar wide", "aria-hidden": "true" }, ...rects);
}

/** What a part looks like, for a legend. */
export const swatch = (kind) =>
  svg("svg", { class: "swatch", "aria-hidden": "true" }, rect(kind, 0, 100));

/** The sign of a state: a shape as well as a colour. `kind`: good, watch or bad. */
export function sign(kind) {
  const shapes = {
    good: () => [svg("circle", { cx: 10, cy: 10, r: 9 }), mark("M5.5 10.5l3 3 6-6.5")],
    watch: () => [svg("path", { d: "M10 1l9.5 17.5H.5z" }), mark("M10 7.5v5M10 15v1")],
    bad: () => [
      svg("path", { d: "M6.3 1h7.4L19 6.3v7.4L13.7 19H6.3L1 13.7V6.3z" }),
      mark("M10 5v6M10 13.8v1.2"),
    ],
  };
  const box = { class: `sign ${kind}`, viewBox: "0 0 20 20", "aria-hidden": "true" };
  return svg("svg", box, ...shapes[kind]());
}

const mark = (d) => svg("path", { class: "mark", d });

const BOX = { height: 220, left: 52, right: 12, top: 12, bottom: 28 };
const LABEL = 90; // pixels for the label of a point

/** Shares over time as a line with its points. `points`: `{ share, label }`, from left to right;
 * `label`: what the whole is called; `levels`: the texts of 0, 50 and 100 %; `width`: pixels. */
export function line(points, label, levels, width) {
  const { height, left, right, top, bottom } = BOX;
  const step = (width - left - right) / Math.max(1, points.length - 1);
  const at = (share, index) => [left + index * step, top + (1 - share) * (height - top - bottom)];
  const known = points.map((each, index) => [each, index]).filter(([each]) => each.share !== null);
  const path = known.map(([{ share }, index], n) => `${n ? "L" : "M"}${at(share, index).join(" ")}`);
  const every = Math.ceil((LABEL * points.length) / (width - left - right));
  const box = { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label };
  return svg(
    "svg",
    { class: "line", ...box },
    levels.map((text, index) => level(text, at(index / 2, 0)[1], width - right)),
    svg("path", { class: "path", d: path.join("") }),
    known.map(([{ share }, index]) => dot(at(share, index))),
    points.map(({ label: text }, index) => {
      const place = { x: at(0, index)[0], y: height - 8, "text-anchor": index ? "middle" : "start" };
      return index % every === 0 && svg("text", place, text);
    }),
  );
}

const level = (text, y, end) =>
  svg(
    "g",
    {},
    svg("line", { class: "grid", x1: BOX.left, x2: end, y1: y, y2: y }),
    svg("text", { x: BOX.left - 6, y: y + 4, "text-anchor": "end" }, text),
  );

const dot = ([cx, cy]) => svg("circle", { class: "dot", cx, cy, r: 4 });
