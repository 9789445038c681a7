/** Every event, as it comes: filter by kind and side, search, pause, look inside, count, save. */

import { byId, element, save } from "./dom.js";
import { EventLog, KIND_NAMES, kindOf } from "./eventlog.js";

/** @typedef {import("./eventlog.js").Entry} Entry */

/** Rows on the page; the log keeps more. */
const SHOWN = 400;

export class Inspector {
  constructor() {
    this.log = new EventLog();
    this.rows = byId("events", HTMLElement);
    this.search = byId("events-search", HTMLInputElement);
    this.side = byId("events-side", HTMLSelectElement);
    this.follow = byId("events-follow", HTMLInputElement);
    this.paused = byId("events-pause", HTMLButtonElement);
    this.numbers = byId("events-numbers", HTMLElement);
    this.hidden = new Set(["sound"]);
    /** @type {Entry[]} */
    this.waiting = [];
    this.drawing = false;
    this.listen();
  }

  get isPaused() {
    return this.paused.getAttribute("aria-pressed") === "true";
  }

  /** Whether anybody can see it: hidden, it only logs. */
  get seen() {
    return this.rows.offsetParent !== null;
  }

  listen() {
    byId("events-kinds", HTMLElement).append(...KIND_NAMES.map((name) => this.kind(name)));
    this.search.oninput = () => this.redraw();
    this.side.onchange = () => this.redraw();
    this.paused.onclick = () => {
      this.paused.setAttribute("aria-pressed", String(!this.isPaused));
      this.redraw();
    };
    byId("events-clear", HTMLButtonElement).onclick = () => (this.log.clear(), this.redraw());
    byId("events-save", HTMLButtonElement).onclick = () => save(this.log.jsonl(), "events.jsonl");
    byId("events-statistics", HTMLDetailsElement).ontoggle = () => this.count();
  }

  /** @param {string} name @returns {HTMLElement} a box that shows or hides this kind */
  kind(name) {
    const box = element("input", { type: "checkbox", value: name });
    box.checked = !this.hidden.has(name);
    box.onchange = () => {
      if (box.checked) this.hidden.delete(name);
      else this.hidden.add(name);
      this.redraw();
    };
    return element("label", { class: "pill" }, box, name);
  }

  /** @param {"client" | "server"} direction @param {{type: string}} event */
  add(direction, event) {
    this.waiting.push(this.log.add(direction, event));
    if (this.waiting.length > SHOWN) this.waiting.shift();
    if (this.drawing || this.isPaused || !this.seen) return;
    this.drawing = true;
    requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.drawing = false;
    const fitting = this.waiting.filter((entry) => this.fits(entry));
    this.waiting = [];
    this.rows.append(...fitting.map(drawn));
    while (this.rows.childElementCount > SHOWN) this.rows.firstElementChild?.remove();
    if (this.follow.checked && fitting.length) this.rows.scrollTop = this.rows.scrollHeight;
    this.count();
  }

  /** All anew: a filter has changed, or the panel was opened. */
  redraw() {
    if (this.isPaused && this.rows.childElementCount > 0 && document.activeElement === this.paused) return;
    this.waiting = [];
    const fitting = this.log.entries.filter((entry) => this.fits(entry)).slice(-SHOWN);
    this.rows.replaceChildren(...fitting.map(drawn));
    if (this.follow.checked) this.rows.scrollTop = this.rows.scrollHeight;
    this.count();
  }

  /** @param {Entry} entry */
  fits(entry) {
    const side = this.side.value;
    const words = this.search.value.trim().toLowerCase();
    if (this.hidden.has(kindOf(entry.type)) || (side && side !== entry.direction)) return false;
    return words === "" || entry.text.toLowerCase().includes(words);
  }

  count() {
    const { entries, counts, pruned } = this.log;
    const all = [...counts.values()].reduce((sum, { count }) => sum + count, 0);
    this.numbers.textContent = `${all} events, ${entries.length} kept${pruned ? ", the oldest let go" : ""}`;
    if (!byId("events-statistics", HTMLDetailsElement).open) return;
    const sorted = [...counts].sort(([, a], [, b]) => b.count - a.count);
    const rows = sorted.map(([type, { direction, count, bytes }]) =>
      element("tr", {}, ...[type, direction, String(count), size(bytes)].map((text) => element("td", {}, text))),
    );
    byId("events-counts", HTMLElement).replaceChildren(...rows);
  }
}

/** @param {number} bytes */
const size = (bytes) => (bytes < 10_000 ? `${bytes} B` : `${Math.round(bytes / 1000)} kB`);

/** @param {Entry} entry @returns {HTMLElement} */
function drawn(entry) {
  const at = entry.at.toISOString().slice(14, 23);
  const arrow = entry.direction === "client" ? "↑" : "↓";
  const side = element("span", { class: "side", title: entry.direction }, arrow);
  const head = element("summary", {}, element("time", {}, at), side, element("span", { class: "type" }, entry.type));
  const row = element("details", { class: `event ${entry.direction}`, "data-kind": kindOf(entry.type) }, head);
  row.ontoggle = () => {
    if (row.open && row.childElementCount === 1) {
      row.append(element("pre", { tabindex: "0" }, JSON.stringify(entry.event, null, 2)));
    }
  };
  return element("li", {}, row);
}
