/**
 * What the person chose: kept over a reload, carried by a link, and told to the server in its own words.
 *
 * A link never carries the key; the key lives in the tab (`sessionStorage`) alone.
 */

import { offered } from "./tools.js";

/** @typedef {import("./types.js").Settings} Settings */
/** @typedef {import("./types.js").SessionShape} SessionShape */
/** @typedef {keyof Settings} Name */

const KEPT = "ovos-voice-agent.settings";
const KEY = "ovos-voice-agent.key";

/** @type {Readonly<Settings>} "" is the server's own choice */
export const DEFAULTS = Object.freeze({
  ...{ model: "", persona: "", voice: "", instructions: "", turns: "server_vad", threshold: 0.5, silence_ms: 500 },
  ...{ eagerness: "auto", interruptions: true, speed: 1, language: "", tools: ["get_local_time", "set_page_theme"] },
  ...{ device: "", recording: false },
});

/** Of this machine, not of the conversation: a link does not carry it. */
const LOCAL = new Set(["device", "recording"]);

/** @returns {Settings} from the link if it has any, over what was kept, over the defaults */
export function load() {
  const kept = parsed(localStorage.getItem(KEPT));
  return { ...DEFAULTS, ...fitting(kept), ...fitting(fromLink(location.hash)) };
}

/** @param {string | null} text */
function parsed(text) {
  try {
    return JSON.parse(text ?? "{}") ?? {};
  } catch {
    return {};
  }
}

/** @param {Record<string, unknown>} values @returns {Partial<Settings>} those that are settings and have the right type */
function fitting(values) {
  const good = Object.entries(values).filter(([name, value]) => {
    const usual = /** @type {Record<string, unknown>} */ (DEFAULTS)[name];
    return usual !== undefined && typeof usual === typeof value && Array.isArray(usual) === Array.isArray(value);
  });
  return Object.fromEntries(good);
}

/** @param {Settings} settings */
export const keep = (settings) => localStorage.setItem(KEPT, JSON.stringify(settings));

/** @param {Settings} settings @returns {string} an address that opens the page with the same settings */
export function link(settings) {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(settings)) {
    const usual = /** @type {Record<string, unknown>} */ (DEFAULTS)[name];
    if (!LOCAL.has(name) && JSON.stringify(value) !== JSON.stringify(usual)) words.set(name, String(value));
  }
  return `${location.origin}${location.pathname}${location.search}#${words}`;
}

/** @param {string} hash @returns {Record<string, unknown>} */
function fromLink(hash) {
  const words = [...new URLSearchParams(hash.slice(1))].filter(([name]) => !LOCAL.has(name));
  return Object.fromEntries(words.map(([name, text]) => [name, typed(name, text)]));
}

/** @param {string} name @param {string} text */
function typed(name, text) {
  const usual = /** @type {Record<string, unknown>} */ (DEFAULTS)[name];
  if (typeof usual === "number") return Number.isFinite(Number(text)) ? Number(text) : usual;
  if (typeof usual === "boolean") return text === "true";
  return Array.isArray(usual) ? text.split(",").filter(Boolean) : text;
}

export const key = () => sessionStorage.getItem(KEY) ?? "";

/** @param {string} text "" forgets it */
export const setKey = (text) => (text ? sessionStorage.setItem(KEY, text) : sessionStorage.removeItem(KEY));

/** @param {Settings} settings @returns {SessionShape["audio"]} */
function turnDetection(settings) {
  const { turns, threshold, silence_ms, eagerness, interruptions } = settings;
  const both = { create_response: true, interrupt_response: interruptions };
  if (turns === "push") return { input: { turn_detection: null } };
  if (turns === "semantic_vad") return { input: { turn_detection: { type: turns, eagerness, ...both } } };
  return { input: { turn_detection: { type: turns, threshold, silence_duration_ms: silence_ms, ...both } } };
}

/** @param {SessionShape} session */
const detection = (session) => session.audio?.input?.turn_detection;

/** @param {SessionShape} session */
function voiceOf(session) {
  const voice = session.audio?.output?.voice;
  return typeof voice === "object" ? voice.id : (voice ?? "");
}

/** @param {Settings} settings @returns {SessionShape} */
const transcription = ({ language }) => ({ audio: { input: { transcription: language ? { language } : {} } } });

/** @param {Settings} s @returns {SessionShape} */
const turns = (s) => ({ audio: turnDetection(s) });

/** The server's own events that the page asks for. */
const OURS = { timeline: true, words: true };

/**
 * How each setting is told to the server (`tell`), and how the server shows it (`read`: undefined where it is not in
 * force at all). Those without `tell` need a new connection, or nothing of the server.
 * @type {Partial<Record<Name, {tell: (s: Settings) => SessionShape, read: (s: SessionShape) => unknown}>>}
 */
export const TOLD = {
  instructions: { tell: (s) => ({ instructions: s.instructions }), read: (s) => s.instructions },
  voice: { tell: (s) => (s.voice ? { audio: { output: { voice: s.voice } } } : {}), read: voiceOf },
  turns: { tell: turns, read: (s) => detection(s)?.type ?? "push" },
  threshold: { tell: turns, read: (s) => detection(s)?.threshold },
  silence_ms: { tell: turns, read: (s) => detection(s)?.silence_duration_ms },
  eagerness: { tell: turns, read: (s) => detection(s)?.eagerness },
  interruptions: { tell: turns, read: (s) => detection(s)?.interrupt_response },
  speed: { tell: (s) => ({ audio: { output: { speed: s.speed } } }), read: (s) => s.audio?.output?.speed },
  language: { tell: transcription, read: (s) => s.audio?.input?.transcription?.language ?? "" },
  tools: { tell: (s) => ({ tools: offered(s.tools) }), read: (s) => (s.tools ?? []).map((tool) => tool.name) },
  recording: { tell: (s) => ({ x_ovos: { ...OURS, recording: s.recording } }), read: (s) => s.x_ovos?.recording },
};

/**
 * @param {Settings} settings @param {Iterable<Name>} names
 * @returns {SessionShape} one update that tells them all
 */
export function told(settings, names) {
  /** @type {SessionShape} */
  const session = { type: "realtime" };
  for (const name of names) {
    const { audio, ...rest } = TOLD[name]?.tell(settings) ?? {};
    Object.assign(session, rest);
    if (audio) session.audio = { input: { ...session.audio?.input, ...audio.input }, output: { ...session.audio?.output, ...audio.output } };
  }
  if (session.audio && Object.keys(session.audio.output ?? {}).length === 0) delete session.audio.output;
  if (session.audio && Object.keys(session.audio.input ?? {}).length === 0) delete session.audio.input;
  return session;
}

/** @param {Settings} settings @returns {SessionShape} the first update of a connection */
export function allTold(settings) {
  const names = /** @type {Name[]} */ (Object.keys(TOLD)).filter((name) => name !== "recording" || settings.recording);
  return { x_ovos: OURS, ...told(settings, names) };
}

/** @type {[string, Name][]} the server's names for settings, to find the control that it refused */
const PATHS = [
  ["turn_detection.threshold", "threshold"],
  ["turn_detection.silence_duration_ms", "silence_ms"],
  ["turn_detection.eagerness", "eagerness"],
  ["turn_detection.interrupt_response", "interruptions"],
  ["turn_detection", "turns"],
  ["instructions", "instructions"],
  ["voice", "voice"],
  ["speed", "speed"],
  ["transcription", "language"],
  ["tools", "tools"],
  ["x_ovos.recording", "recording"],
  ["model", "model"],
];

/** @param {string | null} param of an error @returns {Name | undefined} */
export const settingOf = (param) => PATHS.find(([path]) => param?.includes(path))?.[1];
