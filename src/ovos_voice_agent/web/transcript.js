/** What was said, growing as words come: what was heard is dark, what is still to be heard is pale, what was cut is struck. */

import { charsAt, heardText, wordEnd } from "./conversation.js";
import { byId, element, icon } from "./dom.js";

/** @typedef {import("./conversation.js").Said} Said */

const NAMES = { user: "You", assistant: "Assistant", system: "Instruction", call: "Function", output: "Result" };

/** Nearer to the end than this, the page follows the conversation. */
const FOLLOW_PX = 120;

export class Transcript {
  /** @param {import("./conversation.js").Conversation} conversation */
  constructor(conversation) {
    this.conversation = conversation;
    this.list = byId("transcript", HTMLOListElement);
    this.scroller = byId("conversation", HTMLElement);
    this.said = byId("announcer", HTMLElement);
    /** @type {Map<string, HTMLElement>} */
    this.rows = new Map();
    /** @type {Set<string>} */
    this.announced = new Set();
    /** @type {Set<string>} */
    this.changed = new Set();
    this.waiting = false;
  }

  /** Shows a change with the next picture. @param {Said | null} said */
  touch(said) {
    if (said) this.changed.add(said.id);
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.waiting = false;
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    const follow = scrollHeight - scrollTop - clientHeight < FOLLOW_PX;
    this.order();
    for (const said of this.conversation.items) if (this.changed.has(said.id)) this.fill(said);
    this.changed.clear();
    document.body.classList.toggle("talking", this.conversation.items.length > 0);
    if (follow) this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /** Rows in the conversation's order; rows of items that are gone go. */
  order() {
    const ids = new Set(this.conversation.items.map((said) => said.id));
    for (const [id, row] of this.rows) if (!ids.has(id)) row.remove();
    for (const id of [...this.rows.keys()]) if (!ids.has(id)) this.rows.delete(id);
    this.conversation.items.forEach((said, place) => {
      const row = this.row(said);
      if (this.list.children[place] !== row) this.list.insertBefore(row, this.list.children[place] ?? null);
    });
  }

  /** @param {Said} said @returns {HTMLElement} */
  row(said) {
    const known = this.rows.get(said.id);
    if (known) return known;
    const made = element("li", { class: `said ${said.who}`, "data-item": said.id });
    this.rows.set(said.id, made);
    this.changed.add(said.id);
    return made;
  }

  /** @param {Said} said */
  fill(said) {
    const row = this.row(said);
    row.dataset.state = said.state;
    row.hidden = said.who !== "call" && said.text === "" && said.state === "done";
    const name = element("span", { class: "who" }, NAMES[said.who]);
    row.replaceChildren(name, ...(said.who === "call" || said.who === "output" ? call(said) : [words(said)]));
    if (said.cutChars !== null) row.append(element("span", { class: "mark" }, "interrupted"));
    if (said.state === "failed") row.append(element("span", { class: "mark" }, "not understood"));
    this.announce(said);
  }

  /** Tells a screen reader what was written; what was spoken is heard already. @param {Said} said */
  announce(said) {
    if (said.state !== "done" || said.text === "" || this.announced.has(said.id)) return;
    this.announced.add(said.id);
    if (said.who === "user" ? said.spoken : !said.spoken && said.who === "assistant") {
      this.said.textContent = `${NAMES[said.who]}: ${heardText(said)}`;
    }
  }
}

/** @param {Said} said @returns {HTMLElement} */
function words(said) {
  const text = element("p", { class: "words" });
  if (said.text === "") text.append(element("span", { class: "dots", "aria-label": "listening" }, "…"));
  else if (said.who === "assistant" && said.spoken) text.append(...heardAndNot(said));
  else text.append(said.text);
  return text;
}

/** @param {Said} said @returns {Node[]} */
function heardAndNot(said) {
  const all = said.ended && said.heardMs >= Math.floor(said.audioMs) - 1;
  const end = said.cutChars ?? (all ? said.text.length : wordEnd(said.text, charsAt(said, said.heardMs)));
  const heard = element("span", { class: "heard" }, said.text.slice(0, end));
  if (end >= said.text.length) return [heard];
  const rest = said.cutChars === null ? element("span", { class: "ahead" }) : element("s", { class: "cut" });
  rest.append(said.text.slice(end));
  return [heard, rest];
}

/** @param {Said} said @returns {Node[]} */
function call(said) {
  const shown = said.who === "call" ? `${said.name ?? ""}(${said.text === "{}" ? "" : said.text})` : said.text;
  return [element("p", { class: "words" }, icon("tool"), element("code", {}, shown))];
}
