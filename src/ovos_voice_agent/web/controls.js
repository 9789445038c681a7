/** The settings form: each control, what the server has confirmed of it, and what it refused and why. */

import { byId, element } from "./dom.js";
import { DEFAULTS, TOLD } from "./settings.js";
import { TOOLS } from "./tools.js";

/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./types.js").SessionShape} SessionShape */
/** @typedef {keyof Settings} Name */
/** @typedef {{value: string, label: string}} Choice */
/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control */

/** @type {[number, string][]} up to this threshold */
const SENSITIVITY = [
  [0.25, "very sensitive"],
  [0.45, "sensitive"],
  [0.6, "balanced"],
  [0.75, "strict"],
  [1, "very strict"],
];

/** @type {Partial<Record<Name, (value: number) => string>>} */
const WORDS = {
  threshold: (value) => `${SENSITIVITY.find(([most]) => value <= most)?.[1]} (${value.toFixed(2)})`,
  silence_ms: (value) => `${value} ms`,
  speed: (value) => `${value.toFixed(2)}×`,
};

/** Typed text is told to the server when the person rests this long. */
const REST_MS = 700;

export class Controls {
  /** @param {Settings} settings @param {(name: Name, value: unknown) => void} change */
  constructor(settings, change) {
    this.settings = settings;
    this.change = change;
    this.form = byId("settings", HTMLFormElement);
    /** @type {Map<Name, ReturnType<typeof setTimeout>>} */
    this.resting = new Map();
    byId("tool-boxes", HTMLElement).append(...TOOLS.map(box));
    this.form.oninput = ({ target }) => this.touched(/** @type {Control} */ (target));
    this.form.onchange = ({ target }) => this.hurry(/** @type {Name} */ (/** @type {Control} */ (target).name));
    addEventListener("pagehide", () => [...this.resting.keys()].forEach((name) => this.hurry(name)));
    this.form.onsubmit = (event) => event.preventDefault();
    this.show();
  }

  /** @param {Name} name @returns {Control[]} more than one for the boxes of tools */
  controls(name) {
    return [...this.form.querySelectorAll(`[name="${name}"]`)].map((found) => /** @type {Control} */ (found));
  }

  /** Puts the settings into the form. */
  show() {
    for (const name of /** @type {Name[]} */ (Object.keys(DEFAULTS))) {
      const value = this.settings[name];
      for (const control of this.controls(name)) fill(control, value);
      this.word(name);
    }
    this.form.dataset.turns = this.settings.turns;
  }

  /** @param {Control} control */
  touched(control) {
    const name = /** @type {Name} */ (control.name);
    if (!(name in DEFAULTS)) return;
    const slow = control instanceof HTMLTextAreaElement || control.type === "text" || control.type === "range";
    this.word(name);
    clearTimeout(this.resting.get(name));
    if (slow) this.resting.set(name, setTimeout(() => this.take(name), control.type === "range" ? REST_MS / 4 : REST_MS));
    else this.take(name);
  }

  /** The person has left the control: what rests is taken now. @param {Name} name */
  hurry(name) {
    if (this.resting.has(name)) this.take(name);
  }

  /** @param {Name} name */
  take(name) {
    clearTimeout(this.resting.get(name));
    this.resting.delete(name);
    const value = this.value(name);
    this.mark(name, "pending", TOLD[name] ? "…" : "");
    if (name === "turns") this.form.dataset.turns = String(value);
    this.change(name, value);
  }

  /** @param {Name} name @returns {unknown} */
  value(name) {
    const controls = this.controls(name);
    const boxes = controls.filter((control) => control instanceof HTMLInputElement && control.type === "checkbox");
    if (Array.isArray(DEFAULTS[name])) return boxes.filter((box) => box instanceof HTMLInputElement && box.checked).map((box) => box.value);
    const [control] = controls;
    if (control instanceof HTMLInputElement && control.type === "checkbox") return control.checked;
    return typeof DEFAULTS[name] === "number" ? Number(control?.value) : (control?.value.trim() ?? "");
  }

  /** @param {Name} name */
  word(name) {
    const words = WORDS[name];
    const [control] = this.controls(name);
    const place = document.getElementById(`${name}-value`);
    if (!words || !control || !place) return;
    place.textContent = words(Number(control.value));
    control.setAttribute("aria-valuetext", place.textContent);
  }

  /** Shows what is in force. @param {SessionShape} session as the server confirmed it */
  confirm(session) {
    for (const name of /** @type {Name[]} */ (Object.keys(TOLD))) {
      const inForce = TOLD[name]?.read(session);
      if (inForce === undefined) continue;
      const wanted = this.settings[name];
      const same = wanted === "" || JSON.stringify(wanted) === JSON.stringify(inForce);
      this.mark(name, same ? "confirmed" : "other", same ? "" : `In force: ${shown(inForce)}`);
      if (wanted === "") for (const control of this.controls(name)) control.setAttribute("placeholder", String(inForce));
    }
  }

  /** @param {Name} name @param {string} reason the server's own words */
  refuse(name, reason) {
    this.mark(name, "refused", reason);
  }

  /** @param {Name} name @param {string} state @param {string} text */
  mark(name, state, text) {
    const field = this.controls(name)[0]?.closest(".field");
    if (!(field instanceof HTMLElement)) return;
    field.dataset.state = state;
    const place = field.querySelector(".confirmed");
    if (place) place.textContent = text;
  }

  /** @param {Name} name of a select or a list of suggestions @param {Choice[]} choices @param {string} [own] the server's choice */
  offer(name, choices, own) {
    const [control] = this.controls(name);
    const list = control instanceof HTMLSelectElement ? control : document.getElementById(`${name}-choices`);
    if (!list) return;
    const first = control instanceof HTMLSelectElement ? [...list.children].slice(0, 1) : [];
    if (own && first[0]) first[0].textContent = own;
    list.replaceChildren(...first, ...choices.map(({ value, label }) => element("option", { value }, label)));
    const wanted = String(this.settings[name]);
    if (control instanceof HTMLSelectElement && wanted && !choices.some(({ value }) => value === wanted)) {
      list.append(element("option", { value: wanted }, wanted));
    }
    if (control && !this.resting.has(name)) control.value = wanted; // what is being typed stays
  }
}

/** @param {unknown} value */
const shown = (value) => (Array.isArray(value) ? value.join(", ") || "none" : String(value));

/** @param {Control} control @param {unknown} value */
function fill(control, value) {
  if (control instanceof HTMLInputElement && control.type === "checkbox") {
    control.checked = Array.isArray(value) ? value.includes(control.value) : value === true;
  } else control.value = String(value);
}

/** @param {import("./tools.js").PageTool} tool */
function box(tool) {
  const input = element("input", { type: "checkbox", name: "tools", value: tool.name });
  return element("label", { class: "check" }, input, element("span", {}, tool.label, element("small", {}, tool.description)));
}
