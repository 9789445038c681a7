/** What stands in the way, shown in words with a button that helps; said to a screen reader as well. */

import { byId, element } from "./dom.js";

/** @typedef {import("./types.js").Problem} Problem */

const LABELS = { key: "Enter a key", retry: "Try now", microphone: "Try again", resume: "Go on", settings: "Settings" };

/** A notice that needs no answer goes by itself. */
const PASSING_MS = 8_000;

export class Notices {
  /** @param {(action: NonNullable<Problem["action"]>) => void} act on the button */
  constructor(act) {
    this.act = act;
    this.place = byId("notices", HTMLElement);
    /** @type {Map<string, HTMLElement>} */
    this.shown = new Map();
  }

  /** @param {Problem} problem shown until `clear`, or until it has passed */
  show(problem) {
    this.clear(problem.kind);
    const words = element("p", {}, element("strong", {}, problem.title), " ", problem.advice);
    const notice = element("div", { class: "notice", "data-kind": problem.kind }, words);
    const { action } = problem;
    if (action) notice.append(this.button(LABELS[action], () => this.act(action)));
    else if (problem.passing) setTimeout(() => this.clear(problem.kind), PASSING_MS);
    notice.append(this.button("Dismiss", () => this.clear(problem.kind), "quiet"));
    this.place.append(notice);
    this.shown.set(problem.kind, notice);
  }

  /** @param {string} label @param {() => void} press @param {string} [look] */
  button(label, press, look = "") {
    const made = element("button", { type: "button", class: look }, label);
    made.onclick = press;
    return made;
  }

  /** @param {...string} kinds all of them where none is named */
  clear(...kinds) {
    for (const kind of kinds.length ? kinds : [...this.shown.keys()]) {
      this.shown.get(kind)?.remove();
      this.shown.delete(kind);
    }
  }
}
