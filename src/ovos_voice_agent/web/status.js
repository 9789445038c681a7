/** What is going on, at a glance: connection, format, engines, delay; who speaks; what the buttons do now. */

import { byId } from "./dom.js";

/** @typedef {import("./types.js").SessionShape} SessionShape */

const MOODS = {
  offline: ["Hello", "Press Start, or type."],
  connecting: ["Connecting", "One moment."],
  ready: ["Ready", "Type, or switch the microphone on."],
  listening: ["Listening", "Just talk."],
  hearing: ["Hearing you", "Go on."],
  thinking: ["Thinking", "The answer is on its way."],
  speaking: ["Speaking", "Interrupt at any time."],
};

const CONNECTIONS = { offline: "Not connected", connecting: "Connecting", online: "Connected", waiting: "Trying again" };

export class Status {
  /** @param {import("./talk.js").Talk} talk */
  constructor(talk) {
    this.talk = talk;
    this.mood = "";
    this.draw();
  }

  draw() {
    const { mood, session, settings, sound } = this.talk;
    const push = settings.turns === "push";
    const [title = "", hint = ""] = MOODS[mood];
    document.body.dataset.mood = mood;
    byId("mood", HTMLElement).textContent = title;
    byId("hint", HTMLElement).textContent = push && mood === "ready" ? "Hold the button or the space bar, and talk." : hint;
    const chip = byId("connection", HTMLElement);
    if (chip.textContent !== CONNECTIONS[session.state]) chip.textContent = CONNECTIONS[session.state];
    chip.dataset.state = session.state;
    const start = byId("start", HTMLButtonElement);
    start.dataset.running = String(session.wanted);
    byId("start-label", HTMLElement).textContent = session.wanted ? "End" : "Start";
    const mute = byId("mute", HTMLButtonElement);
    mute.disabled = !sound?.microphone.open;
    mute.setAttribute("aria-pressed", String(sound?.microphone.muted ?? false));
    byId("hush", HTMLButtonElement).disabled = mood !== "speaking" && mood !== "thinking";
    byId("hold", HTMLButtonElement).hidden = !push || !session.online;
    byId("save-wav", HTMLButtonElement).disabled = !sound;
    this.delay();
  }

  delay() {
    const whole = this.talk.turns.medians().at(-1)?.ms;
    const chip = byId("latency", HTMLElement);
    chip.hidden = whole == null;
    if (whole != null) chip.textContent = `${Math.round(whole)} ms to answer`;
  }

  /** @param {SessionShape} session */
  session(session) {
    const format = session.audio?.input?.format;
    const rate = format?.rate ? ` ${format.rate / 1000} kHz` : "";
    byId("format", HTMLElement).textContent = `${(format?.type ?? "").replace("audio/", "")}${rate}`;
    byId("model-in-force", HTMLElement).textContent = session.model ?? "";
    this.recorded(session.x_ovos?.recording === true);
    for (const name of ["format", "model-in-force"]) byId(name, HTMLElement).hidden = !byId(name, HTMLElement).textContent;
  }
  /** Shown as long as it is so, and said when it changes. @param {boolean} on */
  recorded(on) {
    const chip = byId("recording-on", HTMLElement);
    if (chip.hidden !== on) return;
    chip.hidden = !on;
    byId("announcer", HTMLElement).textContent = on ? "The server records this session." : "The recording has ended.";
  }
}
