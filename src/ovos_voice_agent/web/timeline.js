/** Where the time of each turn went: a bar for each stage, newest turn first, and the medians of the conversation. */

import { byId, element } from "./dom.js";

/** @typedef {import("./turns.js").Turn} Turn */

const ORIGINS = /** @type {Record<string, string>} */ ({
  ...{ vad: "spoken", commit: "push to talk", client: "asked for", timeout: "silence" },
});

/** The scale ends at a round number of milliseconds. */
const ROUND_MS = 250;

/** Drawn turns; older ones count in the medians only. */
const SHOWN = 20;

export class Timeline {
  /** @param {import("./turns.js").Turns} turns */
  constructor(turns) {
    this.turns = turns;
    this.list = byId("turn-list", HTMLElement);
    this.medians = byId("medians", HTMLElement);
  }

  draw() {
    byId("turns-empty", HTMLElement).hidden = this.turns.all.length > 0;
    const shown = this.turns.all.slice(-SHOWN).reverse();
    const most = Math.max(ROUND_MS, ...shown.map((turn) => turn.totalMs));
    const scale = Math.ceil(most / ROUND_MS) * ROUND_MS;
    const first = this.turns.all.length - shown.length + 1;
    this.list.replaceChildren(...shown.map((turn, i) => drawn(turn, first + shown.length - 1 - i, scale)));
    this.drawMedians();
  }

  drawMedians() {
    const rows = this.turns.medians().filter(({ ms }) => ms !== null);
    byId("medians-box", HTMLElement).hidden = rows.length === 0;
    this.medians.replaceChildren(
      ...rows.map(({ label, ms }) =>
        element("div", {}, element("dt", {}, label), element("dd", {}, `${Math.round(ms ?? 0)} ms`)),
      ),
    );
  }
}

/** @param {Turn} turn @param {number} number @param {number} scale in ms, of the full width @returns {HTMLElement} */
function drawn(turn, number, scale) {
  const total = element("span", { class: "total" }, `${Math.round(turn.totalMs)} ms`);
  const title = element("caption", {}, `Turn ${number}, ${ORIGINS[turn.origin] ?? turn.origin} `, total);
  const rows = turn.stages.map((stage) => row(stage, scale));
  const table = element("table", { class: "gantt" }, title, element("tbody", {}, ...rows));
  const why = reason(turn.decision);
  return element("li", {}, table, ...(why ? [element("p", { class: "why" }, why)] : []));
}

/** @param {import("./turns.js").Stage} stage @param {number} scale @returns {HTMLElement} */
function row(stage, scale) {
  const bar = element("span", { class: "bar", "data-stage": stage.name });
  bar.style.marginInlineStart = `${(100 * stage.from) / scale}%`;
  bar.style.inlineSize = `${(100 * (stage.to - stage.from)) / scale}%`;
  const took = element("td", { class: "ms" }, `${Math.round(stage.to - stage.from)}`, element("span", {}, " ms"));
  return element("tr", {}, element("th", { scope: "row" }, stage.label), element("td", { class: "track" }, bar), took);
}

/**
 * Whatever the server says of its decision, in its own words and numbers: it may come to say more than this page knows.
 * @param {Record<string, unknown> | null} decision @returns {string}
 */
export function reason(decision) {
  const facts = Object.entries(decision ?? {}).filter(([, value]) => value !== null && value !== "");
  return facts.map(([name, value]) => `${name.replace(/_ms$/, "").replaceAll("_", " ")} ${shown(value)}${unit(name)}`).join(" · ");
}

/** @param {string} name */
const unit = (name) => (name.endsWith("_ms") ? " ms" : "");

/** @param {unknown} value @returns {string} */
function shown(value) {
  if (typeof value === "number") return String(Math.round(value * 1000) / 1000);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map(shown).join(", ");
  if (typeof value === "object" && value) return `(${reason(/** @type {Record<string, unknown>} */ (value))})`;
  return String(value);
}
