/** The audio graph: microphone and player on one context, joined by a port of their own, both recorded by the tape. */

import { Microphone } from "./microphone.js";
import { Player } from "./player.js";
import { Tape } from "./tape.js";

const MODULES = ["microphone-worklet.js", "player-worklet.js", "tape-worklet.js"];

export class Sound {
  /** @param {AudioContext} context with the worklets loaded */
  constructor(context) {
    this.context = context;
    this.player = new Player(context);
    this.tape = new Tape(context);
    this.microphone = new Microphone(context);
    const { port1, port2 } = new MessageChannel();
    this.microphone.hand(port1);
    this.player.hand(port2);
    this.player.node.connect(context.destination);
    this.player.node.connect(this.tape.node, 0, 1);
    this.microphone.node.connect(this.tape.node, 0, 0);
    this.tape.node.connect(context.destination);
  }

  /** Must be called from a click or a key, or browsers keep the sound off. @returns {Promise<Sound>} */
  static async open() {
    const context = new AudioContext({ latencyHint: "interactive" });
    await Promise.all(MODULES.map((name) => context.audioWorklet.addModule(new URL(name, import.meta.url))));
    await context.resume();
    return new Sound(context);
  }
}
