/** The panel beside the conversation (on a phone: over it) and its tabs. */

import { byId } from "./dom.js";

const NAMES = ["settings", "timeline", "inspector"];

export class Panel {
  constructor() {
    this.panel = byId("panel", HTMLElement);
    this.button = byId("panel-open", HTMLButtonElement);
    this.narrow = matchMedia("(max-width: 64rem)");
    this.tabs = NAMES.map((name) => byId(`tab-${name}`, HTMLButtonElement));
    this.tabs.forEach((tab, place) => {
      tab.onclick = () => this.choose(place);
      tab.onkeydown = (event) => this.move(event, place);
    });
    this.button.onclick = () => this.open();
    byId("panel-close", HTMLButtonElement).onclick = () => this.close();
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.isOver) this.close();
    });
    this.narrow.onchange = () => this.close();
  }

  /** Whether it lies over the conversation. */
  get isOver() {
    return this.narrow.matches && document.body.classList.contains("panel-open");
  }

  /** @param {string} [name] */
  open(name) {
    if (name) this.choose(NAMES.indexOf(name));
    if (!this.narrow.matches) return;
    document.body.classList.add("panel-open");
    this.button.setAttribute("aria-expanded", "true");
    byId("main", HTMLElement).inert = true;
    byId("header", HTMLElement).inert = true;
    byId("panel-close", HTMLButtonElement).focus();
  }

  close() {
    const wasOver = document.body.classList.contains("panel-open");
    document.body.classList.remove("panel-open");
    this.button.setAttribute("aria-expanded", "false");
    byId("main", HTMLElement).inert = false;
    byId("header", HTMLElement).inert = false;
    if (wasOver) this.button.focus();
  }

  /** @param {number} place */
  choose(place) {
    this.tabs.forEach((tab, i) => {
      tab.setAttribute("aria-selected", String(i === place));
      tab.tabIndex = i === place ? 0 : -1;
      byId(`view-${NAMES[i]}`, HTMLElement).hidden = i !== place;
    });
    this.panel.dispatchEvent(new CustomEvent("view", { detail: NAMES[place] }));
  }

  /** @param {KeyboardEvent} event @param {number} place */
  move(event, place) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = (place + step + this.tabs.length) % this.tabs.length;
    this.choose(next);
    this.tabs[next]?.focus();
  }
}
