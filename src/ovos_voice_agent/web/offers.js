/** What the server offers to choose from, and the engines that are in force: asked once, and again when a key is new. */

import { byId, element } from "./dom.js";

/** @typedef {import("./types.js").Choices} Choices */
/** @typedef {import("./types.js").EngineShown} EngineShown */
/** @typedef {import("./controls.js").Choice} Choice */

/** @type {Record<string, string>} */
const STAGES = { vad: "Hears voices", stt: "Understands", llm: "Thinks", tts: "Speaks", frontend: "Cleans sound" };

/** Those that a person would ask about; the rest is in the settings. */
const TOLD_AT_A_GLANCE = ["stt", "llm", "tts"];

/** @param {string} key "" where there is none @returns {Promise<Choices | null>} null where the server does not tell */
async function ask(key) {
  /** @type {HeadersInit} */
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  const answer = await fetch("web/config.json", { headers, cache: "no-store" }).catch(() => null);
  const offered = answer?.ok ? await answer.json() : null;
  return offered && !offered.refused ? offered : null;
}

/** What it does not say is not shown. @param {string} key @param {import("./controls.js").Controls} controls */
export async function offer(key, controls) {
  const offered = await ask(key);
  if (!offered) return;
  controls.offer("model", offered.models.map(choice), `The server's own (${offered.default_model})`);
  controls.offer("voice", offered.voices.map(({ name, language }) => ({ value: name, label: language ? nameOf(language) : name })));
  controls.offer("persona", offered.personas.map(choice));
  if (offered.languages) controls.offer("language", offered.languages.map((code) => ({ value: code, label: nameOf(code) })));
  byId("persona-field", HTMLElement).hidden = offered.personas.length === 0;
  byId("recording-field", HTMLElement).hidden = !offered.recording;
  show(offered.engines);
}

/** @param {EngineShown[]} engines */
function show(engines) {
  const named = engines.filter(({ stage }) => TOLD_AT_A_GLANCE.includes(stage)).map(({ name }) => name);
  const chip = byId("engine", HTMLElement);
  chip.textContent = named.join(" · ");
  chip.title = "Engines in force: recogniser, mind, voice";
  chip.hidden = named.length === 0;
  byId("server-box", HTMLElement).hidden = engines.length === 0;
  byId("engines", HTMLElement).replaceChildren(...engines.map(described));
}

/** @param {EngineShown} engine @returns {HTMLElement} its name, and behind it what it says of itself */
function described({ stage, name, local, quality, better }) {
  const head = element("summary", {}, element("span", {}, STAGES[stage] ?? stage), element("strong", {}, name));
  const where = local ? "It works on this server." : "What is said goes to another server.";
  const words = [`${quality.charAt(0).toUpperCase()}${quality.slice(1)}. ${where}`, ...(better ? [`Better: ${better}.`] : [])];
  return element("li", {}, element("details", {}, head, ...words.map((text) => element("p", {}, text))));
}

/** @param {string} name @returns {Choice} */
const choice = (name) => ({ value: name, label: name });

/** @param {string} code @returns {string} the language by its own name, or the code where the browser knows none */
function nameOf(code) {
  try {
    const own = new Intl.DisplayNames([code], { type: "language" }).of(code) ?? code;
    return own.charAt(0).toLocaleUpperCase(code) + own.slice(1);
  } catch {
    return code;
  }
}
