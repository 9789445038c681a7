/** The operator's view: who talks with the server now, how it goes, and a way to end it. Asks every two seconds. */

import { byId, element, median } from "./dom.js";
import { Notices } from "./notices.js";
import { key, setKey } from "./settings.js";
import { startTheme } from "./theme.js";

/** @typedef {import("./types.js").Problem} Problem */
/** @typedef {import("./types.js").EngineShown} EngineShown */
/**
 * @typedef {object} Live how a live session goes; what another process of the server knows is absent
 * @property {string} model
 * @property {{address: string, agent: string}} client
 * @property {number} duration_s
 * @property {"waiting" | "hearing" | "thinking" | "answering"} [activity]
 * @property {number} [turns]
 * @property {number | null} [latency_ms]
 * @property {Record<string, string>} [engines]
 */
/** @typedef {{id: string, owner: string, name: string, live: Live}} Row */
/**
 * @typedef {object} House the server as a whole
 * @property {string} version
 * @property {number} uptime_s
 * @property {number} max_sessions
 * @property {EngineShown[]} engines
 * @property {{cpu: number, machine: number | null, cores: number, loop_delay_ms: number}} load
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
    const wanted = await this.wantsKey();
    const answer = wanted ? null : await this.request(PATH);
    const listed = answer?.ok ? await answer.json() : null;
    const problem = PROBLEMS[wanted ? 401 : (answer?.status ?? 0)] ?? GONE;
    this.explain(listed ? null : problem);
    const chip = byId("connection", HTMLElement);
    chip.dataset.state = listed ? "online" : "waiting";
    chip.textContent = listed ? "Live" : "No data";
    if (!listed) return;
    const live = listed.data.filter((/** @type {Row} */ row) => row.live);
    this.drawTotals(live, listed.server);
    this.drawEngines(listed.server?.engines ?? []);
    this.draw(live);
  }

  /** @returns {Promise<boolean>} there is no key and one is wanted: asking further would be an error in the browser's eyes */
  async wantsKey() {
    if (key()) return false;
    const answer = await this.request("web/config.json");
    return answer?.ok === true && (await answer.json()).refused === 401;
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

  /** @param {Row[]} sessions */
  draw(sessions) {
    byId("none", HTMLElement).hidden = sessions.length > 0;
    const rows = byId("sessions", HTMLElement);
    const focused = document.activeElement?.closest("tr")?.dataset.id;
    rows.replaceChildren(...sessions.map((session) => this.row(session)));
    if (focused) for (const row of rows.children) if (row instanceof HTMLElement && row.dataset.id === focused) row.querySelector("button")?.focus();
  }

  /** @param {Row[]} sessions @param {House} [house] */
  drawTotals(sessions, house) {
    const delays = sessions.flatMap(({ live }) => (live.latency_ms == null ? [] : [live.latency_ms]));
    const most = house?.max_sessions ? ` of ${house.max_sessions}` : "";
    const totals = {
      Sessions: `${sessions.length}${most}`,
      Turns: String(sum(sessions.map(({ live }) => live.turns ?? 0))),
      "Median delay": ms(median(delays)),
      ...(house ? loadOf(house) : {}),
    };
    byId("totals", HTMLElement).replaceChildren(
      ...Object.entries(totals).map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
    );
  }

  /** @param {EngineShown[]} engines */
  drawEngines(engines) {
    const words = engines.map(({ stage, name }) => element("li", {}, element("span", {}, STAGES[stage] ?? stage), ` ${name}`));
    byId("engines-in-force", HTMLElement).replaceChildren(...words);
  }

  /** @param {Row} row @returns {HTMLElement} */
  row({ id, owner, name, live }) {
    const { client, activity, turns, latency_ms, duration_s, engines = {}, model } = live;
    const known = owner === `@${client.address}` ? "" : owner; // without keys, each address is an owner
    const who = [name || known, client.address, program(client.agent)].filter(Boolean).join(" · ") || "–";
    const names = Object.entries(engines).map(([stage, engine]) => `${STAGES[stage] ?? stage} ${engine}`).join(", ");
    const cells = [who, ACTIVITIES[activity ?? ""] ?? "–", duration(duration_s), String(turns ?? "–"), ms(latency_ms ?? null)];
    const end = element("button", { type: "button", "aria-label": `End session ${id}` }, "End");
    end.onclick = () => this.end(id, who);
    return element(
      "tr",
      { "data-id": id },
      element("th", { scope: "row" }, id),
      ...cells.map((text, i) => element("td", { "data-label": COLUMNS[i] ?? "" }, text)),
      element("td", { class: "engines", "data-label": "Engines" }, `${model}${names ? `: ${names}` : ""}`),
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

/** @type {Record<string, string>} */
const STAGES = { vad: "Detector", stt: "Recogniser", llm: "Mind", tts: "Voice", frontend: "Sound front end" };

/** For windows too narrow for a table. */
const COLUMNS = ["Client", "State", "Since", "Turns", "Delay"];

/** @type {Record<string, string>} */
const ACTIVITIES = { waiting: "waiting", hearing: "person speaks", thinking: "thinking", answering: "answering" };

/** @param {string} agent what a program calls itself @returns {string} in a word or two */
function program(agent) {
  const browser = /(Edg|OPR|Firefox|Chrome|HeadlessChrome|Version)\/(\d+)/.exec(agent);
  if (!browser) return agent.split(" ")[0] ?? "";
  const names = /** @type {Record<string, string>} */ ({ Edg: "Edge", OPR: "Opera", Version: "Safari", HeadlessChrome: "Chrome" });
  return `${names[browser[1] ?? ""] ?? browser[1]} ${browser[2]}`;
}

/** @param {House} house @returns {Record<string, string>} */
const loadOf = ({ load, uptime_s }) => ({
  "Server's processor": `${Math.round(100 * load.cpu)} %`,
  ...(load.machine === null ? {} : { [`Load of ${load.cores} cores`]: (load.machine * load.cores).toFixed(1) }),
  "Event loop late": `${load.loop_delay_ms < 10 ? load.loop_delay_ms.toFixed(1) : Math.round(load.loop_delay_ms)} ms`,
  "Running for": duration(uptime_s),
});

/** @param {number[]} values */
const sum = (values) => values.reduce((total, value) => total + value, 0);

/** @param {number | null} value */
const ms = (value) => (value === null ? "–" : `${Math.round(value)} ms`);

/** @param {number | undefined} seconds */
function duration(seconds) {
  if (seconds === undefined) return "–";
  const whole = Math.floor(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = `${String(minutes).padStart(hours ? 2 : 1, "0")}:${String(whole % 60).padStart(2, "0")}`;
  return hours ? `${hours}:${rest}` : rest;
}

new Admin();
