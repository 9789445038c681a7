/** The operator's view: who talks with the server now, how it goes, and a way to end it. Asks every two seconds. */

import { byId, element, median } from "./dom.js";
import { Notices } from "./notices.js";
import { key, setKey } from "./settings.js";
import { startTheme } from "./theme.js";

/** @typedef {import("./types.js").Problem} Problem */
/**
 * @typedef {object} Live one session as the server lists it; what it does not say is shown as a dash
 * @property {string} id
 * @property {string} [client]
 * @property {string} [state]
 * @property {number} [duration_s]
 * @property {number} [turns]
 * @property {number | null} [latency_ms]
 * @property {Record<string, string>} [engines]
 */

const EVERY_MS = 2_000;
const PATH = "v1/realtime/sessions";

/** @type {Record<number, Problem>} */
const PROBLEMS = {
  401: { kind: "key", title: "An operator's key is wanted.", advice: "Enter one of the server's configured keys.", action: "key" },
  403: { kind: "key", title: "This key may not see the sessions.", advice: "Enter an operator's key.", action: "key" },
  404: {
    kind: "absent",
    title: "This server does not list its sessions.",
    advice: "It is of a version without the operator's view; its numbers are at /metrics.",
  },
};

/** @type {Problem} */
const GONE = { kind: "gone", title: "The server does not answer.", advice: "This page asks again every two seconds." };

class Admin {
  constructor() {
    startTheme();
    this.notices = new Notices(() => this.askKey());
    /** @type {string} the problem that is shown */
    this.problem = "not asked yet";
    byId("key-change", HTMLButtonElement).onclick = () => this.askKey();
    this.look();
  }

  async look() {
    if (!document.hidden) await this.ask();
    setTimeout(() => this.look(), EVERY_MS);
  }

  /** @param {string} path @param {string} [method] */
  request(path, method = "GET") {
    /** @type {HeadersInit} */
    const headers = key() ? { Authorization: `Bearer ${key()}` } : {};
    return fetch(path, { method, headers, cache: "no-store" }).catch(() => null);
  }

  async ask() {
    const answer = await this.request(PATH);
    const listed = answer?.ok ? await answer.json() : null;
    this.explain(listed ? null : answer ? (PROBLEMS[answer.status] ?? GONE) : GONE);
    const chip = byId("connection", HTMLElement);
    chip.dataset.state = listed ? "online" : "waiting";
    chip.textContent = listed ? "Live" : "No data";
    if (listed) this.draw(listed.data ?? []);
  }

  /** @param {Problem | null} problem shown once, not every two seconds */
  explain(problem) {
    if (this.problem === (problem?.title ?? "")) return;
    this.problem = problem?.title ?? "";
    this.notices.clear();
    if (problem) this.notices.show(problem);
    byId("sheet", HTMLElement).hidden = problem !== null;
    byId("totals", HTMLElement).hidden = problem !== null;
  }

  /** @param {Live[]} sessions */
  draw(sessions) {
    byId("none", HTMLElement).hidden = sessions.length > 0;
    const rows = byId("sessions", HTMLElement);
    const focused = document.activeElement?.closest("tr")?.dataset.id;
    rows.replaceChildren(...sessions.map((session) => this.row(session)));
    if (focused) for (const row of rows.children) if (row instanceof HTMLElement && row.dataset.id === focused) row.querySelector("button")?.focus();
    const delays = sessions.flatMap(({ latency_ms }) => (latency_ms == null ? [] : [latency_ms]));
    const totals = { Sessions: sessions.length, Turns: sum(sessions.map(({ turns = 0 }) => turns)), "Median delay": ms(median(delays)) };
    byId("totals", HTMLElement).replaceChildren(
      ...Object.entries(totals).map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, String(value)))),
    );
  }

  /** @param {Live} session @returns {HTMLElement} */
  row(session) {
    const { id, client = "–", state = "–", turns, latency_ms, duration_s, engines = {} } = session;
    const names = Object.entries(engines).map(([kind, name]) => `${kind}: ${name}`).join(", ");
    const cells = [client, state, duration(duration_s), String(turns ?? "–"), ms(latency_ms ?? null)];
    const end = element("button", { type: "button", "aria-label": `End session ${id}` }, "End");
    end.onclick = () => this.end(id, client);
    return element(
      "tr",
      { "data-id": id },
      element("th", { scope: "row" }, id),
      ...cells.map((text) => element("td", {}, text)),
      element("td", { class: "engines" }, names || "–"),
      element("td", {}, end),
    );
  }

  /** @param {string} id @param {string} client */
  end(id, client) {
    const dialog = byId("end-dialog", HTMLDialogElement);
    byId("end-words", HTMLElement).textContent = `${client} is cut off at once. (${id})`;
    dialog.onclose = async () => {
      if (dialog.returnValue !== "end") return;
      const answer = await this.request(`${PATH}/${encodeURIComponent(id)}`, "DELETE");
      byId("announcer", HTMLElement).textContent = answer?.ok ? `Session ${id} was ended.` : `Session ${id} could not be ended.`;
      if (!answer?.ok) this.notices.show({ kind: "end", title: "The session was not ended.", advice: "It may be over already." });
      await this.ask();
    };
    dialog.returnValue = "";
    dialog.showModal();
  }

  askKey() {
    const dialog = byId("key-dialog", HTMLDialogElement);
    const box = byId("key", HTMLInputElement);
    box.value = key();
    dialog.onclose = () => {
      if (dialog.returnValue === "save") setKey(box.value.trim());
      this.ask();
    };
    dialog.returnValue = "";
    dialog.showModal();
  }
}

/** @param {number[]} values */
const sum = (values) => values.reduce((total, value) => total + value, 0);

/** @param {number | null} value */
const ms = (value) => (value === null ? "–" : `${Math.round(value)} ms`);

/** @param {number | undefined} seconds */
function duration(seconds) {
  if (seconds === undefined) return "–";
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

new Admin();
