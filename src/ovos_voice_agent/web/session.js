/**
 * Events to and from the server: one WebSocket at a time, opened again by itself when it is lost.
 *
 * - The key travels as a sub-protocol, never in an address.
 * - A new connection is first told all that the old one knew (`prepare`), and takes its place only when the server has
 *   confirmed it; until then the old one goes on. So voices and models change without a gap.
 * - Each attempt that fails asks the server over HTTP why, for a browser does not tell.
 */

import { probe } from "./problems.js";

/** @typedef {import("./types.js").ServerEvent} ServerEvent */
/** @typedef {import("./types.js").ClientEvent} ClientEvent */
/** @typedef {import("./types.js").Problem} Problem */

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const OPENING_MS = 10_000;
/** Codes after which another attempt would end in the same way. */
const FINAL = new Set([1008, 4000]);

export class Session extends EventTarget {
  /**
   * @param {object} options
   * @param {() => URL} options.address of the WebSocket, with the model
   * @param {() => string} options.key "" where none is wanted
   * @param {() => ClientEvent[]} options.prepare what a new connection is told first; begins with session.update
   */
  constructor({ address, key, prepare }) {
    super();
    this.address = address;
    this.key = key;
    this.prepare = prepare;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {"offline" | "connecting" | "online" | "waiting"} */
    this.state = "offline";
    this.wanted = false;
    this.attempts = 0;
    this.sent = 0;
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  get online() {
    return this.state === "online";
  }

  /** Begins, and stays connected until `close`. @returns {Promise<void>} when connected, or when waiting to try again */
  async connect() {
    this.wanted = true;
    clearTimeout(this.timer);
    if (!this.online) this.become("connecting");
    try {
      await this.renew();
      this.attempts = 0;
    } catch (problem) {
      this.retry(/** @type {Problem} */ (problem));
    }
  }

  close() {
    this.wanted = false;
    clearTimeout(this.timer);
    this.leave();
    this.become("offline");
  }

  /** Opens a connection beside the one there is, prepares it and changes over. Raises a Problem; then the old one stays. */
  async renew() {
    const socket = await this.open();
    if (!this.wanted) return socket.close(1000);
    this.leave();
    this.socket = socket;
    socket.onmessage = ({ data }) => this.receive(data);
    socket.onclose = (event) => this.lost(event);
    this.become("online");
  }

  leave() {
    if (!this.socket) return;
    this.socket.onclose = null;
    this.socket.onmessage = null;
    this.socket.close(1000);
    this.socket = null;
  }

  /** @returns {Promise<WebSocket>} one that the server has greeted and that knows our settings and conversation */
  open() {
    const key = this.key();
    const address = this.address();
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address, ["realtime", ...(key ? [`openai-insecure-api-key.${key}`] : [])]);
    return new Promise((resolve, reject) => {
      const refuse = async () => reject(await probe(key, address.searchParams.get("model")));
      const timer = setTimeout(() => socket.close(), OPENING_MS);
      const settle = () => clearTimeout(timer);
      let greeted = false;
      socket.onclose = () => (settle(), refuse());
      socket.onmessage = ({ data }) => {
        const event = this.read(data);
        if (!event) return;
        if (!greeted) for (const first of this.prepare()) this.transmit(socket, first);
        greeted = true;
        if (event.type === "session.updated" || event.type === "error") resolve((settle(), socket));
      };
    });
  }

  /** @param {Problem} problem */
  retry(problem) {
    this.leave();
    this.dispatchEvent(new CustomEvent("problem", { detail: problem }));
    if (!this.wanted || !problem.passing) return this.give(problem);
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.attempts);
    this.attempts += 1;
    this.become("waiting");
    this.timer = setTimeout(() => this.connect(), waitMs);
  }

  /** @param {Problem} _problem that another attempt would meet again */
  give(_problem) {
    this.wanted = false;
    this.become("offline");
  }

  /** @param {CloseEvent} event */
  lost(event) {
    this.socket = null;
    if (event.code === 1000 && event.reason === "idle") return this.retry(idle());
    if (FINAL.has(event.code)) return this.retry(ended(event.reason));
    this.dispatchEvent(new CustomEvent("lost", { detail: event }));
    this.connect();
  }

  /** @param {Session["state"]} state */
  become(state) {
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }

  /** @param {string} data @returns {ServerEvent | null} shown to all who listen */
  read(data) {
    const event = JSON.parse(data);
    this.dispatchEvent(new CustomEvent("server", { detail: event }));
    return event;
  }

  /** @param {string} data */
  receive(data) {
    this.read(data);
  }

  /** @param {ClientEvent} event @returns {string} its id, which an error would name; "" where nobody is connected */
  send(event) {
    return this.socket && this.online ? this.transmit(this.socket, event) : "";
  }

  /** @param {WebSocket} socket @param {ClientEvent} event @returns {string} */
  transmit(socket, event) {
    this.sent += 1;
    const named = { event_id: `page_${this.sent}`, ...event };
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(named));
    this.dispatchEvent(new CustomEvent("client", { detail: named }));
    return named.event_id;
  }
}

/** @returns {Problem} */
const idle = () => ({
  kind: "idle",
  title: "The server ended the session because nobody spoke.",
  advice: "Press Start to go on; the conversation is kept.",
  action: "retry",
});

/** @param {string} reason the server's own words @returns {Problem} */
const ended = (reason) => ({
  kind: "ended",
  title: "The server ended the session.",
  advice: reason || "Press Start to begin again; the conversation is kept.",
  action: "retry",
});
