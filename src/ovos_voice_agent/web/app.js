/** Joins the parts of the page: session, sound, conversation, views and settings. */

import { Controls } from "./controls.js";
import { byId, on } from "./dom.js";
import { asJson, asText, saveConversation } from "./download.js";
import { Inspector } from "./inspector.js";
import { Microphone } from "./microphone.js";
import { Notices } from "./notices.js";
import { offer } from "./offers.js";
import { Panel } from "./panel.js";
import { LOST_MICROPHONE, microphoneProblem, OF_CONNECTING, slept, SOUND_ASLEEP } from "./problems.js";
import { Session } from "./session.js";
import * as kept from "./settings.js";
import { Sound } from "./sound.js";
import { Status } from "./status.js";
import { Talk } from "./talk.js";
import { startTheme } from "./theme.js";
import { Timeline } from "./timeline.js";
import { Transcript } from "./transcript.js";
import { Wave } from "./wave.js";

/** @typedef {keyof import("./types.js").Settings} Name */

/** A gap in a clock that ticks each second: the tab was asleep. */
const ASLEEP_MS = 10_000;

class App {
  constructor() {
    startTheme();
    this.settings = kept.load();
    this.session = new Session({
      address: () => this.address(),
      key: kept.key,
      prepare: () => this.prepare(),
    });
    this.talk = new Talk(this.session, this.settings);
    this.panel = new Panel();
    this.status = new Status(this.talk);
    this.transcript = new Transcript(this.talk.conversation);
    this.timeline = new Timeline(this.talk.turns);
    this.inspector = new Inspector();
    this.wave = new Wave();
    this.notices = new Notices((action) => this.help(action));
    this.controls = new Controls(this.settings, (name, value) => this.change(name, value));
    /** Settings told to the server and not yet confirmed, by event. @type {Map<string, Name>} */
    this.pending = new Map();
    this.switching = false;
    /** Start was pressed: whenever there is a connection, the microphone is open. */
    this.talking = false;
    this.untold = false;
    this.follow();
    this.buttons();
    this.keys();
    this.watchSleep();
    offer(kept.key(), this.controls);
  }

  address() {
    const address = new URL("v1/realtime", document.baseURI);
    const model = this.settings.persona || this.settings.model;
    if (model) address.searchParams.set("model", model);
    return address;
  }

  /** What a new connection is told first: all settings, and the conversation so far. */
  prepare() {
    this.talk.renewed();
    const update = { type: "session.update", session: kept.allTold(this.settings) };
    return [update, ...this.talk.conversation.replay()];
  }

  follow() {
    const { session, talk } = this;
    on(session, "server", (event) => this.served(event));
    on(session, "client", (event) => this.inspector.add("client", event));
    on(session, "problem", (problem) => this.notices.show(problem));
    on(session, "state", () => this.connected());
    on(talk, "changed", (said) => this.transcript.touch(said));
    on(talk, "turn", () => this.timeline.draw());
    on(talk, "mood", () => this.moved());
    on(byId("panel", HTMLElement), "view", () => this.inspector.redraw());
  }

  /** @param {import("./types.js").ServerEvent} event */
  served(event) {
    this.inspector.add("server", event);
    if (event.type === "session.created" || event.type === "session.updated") {
      this.status.session(event.session);
      if (event.type === "session.updated") this.controls.confirm(event.session);
    }
    if (event.type === "error") this.refused(event.error);
  }

  /** @param {import("./types.js").ProtocolError} error */
  refused(error) {
    const name = this.pending.get(error.event_id ?? "") ?? kept.settingOf(error.param);
    const first = !this.pending.has(error.event_id ?? "");
    if (name && error.param?.startsWith("session")) {
      this.controls.refuse(name, error.message);
      if (first) this.goOnWithout(name);
      return;
    }
    const quiet = ["session_expired", "response_cancel_not_active", "input_audio_buffer_commit_empty", "item_truncate_invalid_item_id"];
    if (quiet.includes(error.code ?? "")) return;
    this.notices.show({ kind: `error-${error.code}`, title: "The server refused something.", advice: error.message, passing: true });
  }

  /** The first update of a connection failed for one setting: the server's own is taken for it. @param {Name} name */
  goOnWithout(name) {
    if (JSON.stringify(this.settings[name]) === JSON.stringify(kept.DEFAULTS[name])) return;
    Object.assign(this.settings, { [name]: kept.DEFAULTS[name] });
    this.untold = true;
    this.tellAll();
  }

  /** Once there is a connection to tell it to. */
  tellAll() {
    if (!this.untold || !this.session.online) return;
    this.untold = false;
    this.session.send({ type: "session.update", session: kept.allTold(this.settings) });
  }

  connected() {
    if (this.session.online) {
      this.notices.clear(...OF_CONNECTING);
      this.tellAll();
      offer(kept.key(), this.controls);
    }
    if (this.session.state === "offline") this.sound?.microphone.stop();
    this.moved();
  }

  moved() {
    this.status.draw();
    if (this.switching && this.talk.responses === 0 && this.session.online) this.renew();
  }

  /** @param {Name} name @param {unknown} value */
  change(name, value) {
    const before = this.settings.turns;
    Object.assign(this.settings, { [name]: value });
    kept.keep(this.settings);
    if (name === "interruptions") this.sound?.player.ducking(value === true);
    if (name === "device") this.microphone();
    if (name === "turns" && before === "push") this.talk.release();
    this.status.draw();
    if (!this.session.online) return;
    const needsNew = name === "model" || name === "persona" || (name === "voice" && (this.talk.conversation.hasVoice || !value));
    if (needsNew) this.renew();
    else if (kept.TOLD[name]) this.tell(name);
  }

  /** @param {Name} name */
  tell(name) {
    const id = this.session.send({ type: "session.update", session: kept.told(this.settings, [name]) });
    this.pending.set(id, name);
  }

  /** Voice, model or persona: a new connection that knows the conversation takes over, after the reply under way. */
  async renew() {
    this.switching = this.talk.responses > 0;
    if (this.switching) return;
    try {
      await this.session.renew();
      this.controls.mark("model", "confirmed", "");
    } catch (problem) {
      this.notices.show(/** @type {import("./types.js").Problem} */ (problem));
    }
  }

  get sound() {
    return this.talk.sound;
  }

  async start() {
    this.notices.clear();
    this.talking = true;
    await this.hear();
    await this.goOn();
  }

  /** Connects, with the microphone if Start was pressed. */
  async goOn() {
    const opened = this.talking && !this.sound?.microphone.open ? this.microphone() : undefined;
    await Promise.all([opened, this.session.connect()]);
  }

  /** Sound without a microphone, for typing. Must come from a click or a key. */
  async hear() {
    if (this.sound) return this.sound.context.resume();
    const sound = await Sound.open();
    this.talk.use(sound);
    sound.tape.onlevels = (person, assistant) => this.wave.push(person, assistant);
    sound.player.ducking(this.settings.interruptions);
    sound.microphone.addEventListener("lost", () => this.lostMicrophone(sound));
    sound.context.onstatechange = () => {
      if (sound.context.state === "running") this.notices.clear(SOUND_ASLEEP.kind);
      else if (this.session.wanted) this.notices.show(SOUND_ASLEEP);
    };
  }

  /** @param {Sound} sound */
  lostMicrophone(sound) {
    sound.microphone.stop();
    this.notices.show(LOST_MICROPHONE);
    this.status.draw();
  }

  async microphone() {
    if (!this.sound) return;
    try {
      await this.sound.microphone.start(this.settings.device);
      this.sound.microphone.mute(this.sound.microphone.muted);
      if (this.session.state === "offline") this.sound.microphone.stop();
      this.notices.clear("microphone-refused", "microphone-missing", "microphone-busy", "microphone-lost", "microphone-gone");
      const devices = await Microphone.devices();
      this.controls.offer("device", devices.map(({ deviceId, label }) => ({ value: deviceId, label: label || "Microphone" })));
    } catch (error) {
      this.notices.show(microphoneProblem(error));
    }
    this.status.draw();
  }

  async end() {
    this.talking = false;
    await this.talk.hush();
    this.session.close();
    this.talk.renewed();
    this.notices.clear();
    this.status.draw();
  }

  /** A new conversation, on a new connection if there is one. */
  async forget() {
    await this.talk.hush();
    this.talk.conversation.items = [];
    this.talk.conversation.voiced.clear();
    if (this.sound) this.sound.tape.pieces = [];
    this.transcript.touch(null);
    if (this.session.online) await this.renew();
  }

  /** @param {string} text */
  async type(text) {
    await this.hear();
    if (!this.session.online) await this.session.connect();
    if (this.session.online) await this.talk.type(text);
  }

  buttons() {
    byId("start", HTMLButtonElement).onclick = () => (this.session.wanted ? this.end() : this.start());
    byId("mute", HTMLButtonElement).onclick = () => {
      this.sound?.microphone.mute(!this.sound.microphone.muted);
      this.status.draw();
    };
    byId("hush", HTMLButtonElement).onclick = () => this.talk.hush();
    const hold = byId("hold", HTMLButtonElement);
    hold.onpointerdown = (event) => (hold.setPointerCapture(event.pointerId), this.talk.press());
    hold.onpointerup = hold.onpointercancel = () => this.talk.release();
    byId("typing", HTMLFormElement).onsubmit = (event) => {
      event.preventDefault();
      const box = byId("text", HTMLInputElement);
      const text = box.value.trim();
      box.value = "";
      if (text) this.type(text);
    };
    for (const button of document.querySelectorAll("#welcome button")) {
      if (button instanceof HTMLButtonElement) button.onclick = () => this.type(button.textContent ?? "");
    }
    this.files();
  }

  files() {
    const { talk, settings } = this;
    byId("save-text", HTMLButtonElement).onclick = () => saveConversation(asText(talk.conversation.items), "txt");
    byId("save-json", HTMLButtonElement).onclick = () => saveConversation(asJson(talk.conversation.items, talk.turns.all), "json");
    byId("save-wav", HTMLButtonElement).onclick = () => this.sound && saveConversation(this.sound.tape.wav(), "wav");
    byId("forget", HTMLButtonElement).onclick = () => this.forget();
    byId("key-change", HTMLButtonElement).onclick = () => this.askKey();
    byId("link", HTMLButtonElement).onclick = async () => {
      const address = kept.link(settings);
      history.replaceState(null, "", address);
      await navigator.clipboard?.writeText(address).catch(() => undefined);
      byId("announcer", HTMLElement).textContent = "The link to these settings is in the address bar and was copied.";
      byId("link-done", HTMLElement).hidden = false;
    };
    byId("defaults", HTMLButtonElement).onclick = () => {
      Object.assign(settings, kept.DEFAULTS);
      kept.keep(settings);
      history.replaceState(null, "", location.pathname + location.search);
      this.controls.show();
      if (this.session.online) this.renew();
    };
  }

  keys() {
    const busy = (/** @type {EventTarget | null} */ target) =>
      target instanceof HTMLElement && target.closest("input, select, textarea, button, summary, dialog, [role=tab]") !== null;
    const hold = byId("hold", HTMLButtonElement);
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.talk.mood === "speaking") this.talk.hush();
      const ours = event.target === hold || !busy(event.target);
      if (event.code !== "Space" || !ours || this.settings.turns !== "push" || !this.session.online) return;
      event.preventDefault();
      this.talk.press();
    });
    addEventListener("keyup", (event) => {
      if (event.code === "Space") this.talk.release();
    });
    addEventListener("blur", () => this.talk.release());
  }

  /** @param {NonNullable<import("./types.js").Problem["action"]>} action */
  async help(action) {
    if (action === "key") this.askKey();
    if (action === "settings") this.panel.open("settings");
    if (action === "microphone") await this.microphone();
    if (action === "resume") await this.sound?.context.resume();
    if (action === "retry") await this.goOn();
  }

  askKey() {
    const dialog = byId("key-dialog", HTMLDialogElement);
    const box = byId("key", HTMLInputElement);
    box.value = kept.key();
    dialog.onclose = () => {
      if (dialog.returnValue !== "save") return;
      kept.setKey(box.value.trim());
      this.session.close();
      this.goOn();
    };
    dialog.returnValue = "";
    dialog.showModal();
  }

  watchSleep() {
    let last = Date.now();
    setInterval(() => {
      const gap = Date.now() - last;
      last = Date.now();
      if (gap > ASLEEP_MS && this.session.wanted) this.notices.show(slept(gap / 1000));
    }, 1000);
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.session.wanted) this.sound?.context.resume();
    });
    addEventListener("online", () => this.session.state === "waiting" && this.session.connect());
  }
}

new App();
