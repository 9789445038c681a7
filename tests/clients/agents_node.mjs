// A program of a user of @openai/agents-realtime over a WebSocket: `node agents_node.mjs WS_URL SPEECH.pcm`. It prints what
// happened, a JSON line a step. The SDK runs the tool and truncates what was not heard by itself.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";

const require = createRequire(`${process.cwd()}/`);
const { RealtimeAgent, RealtimeSession, tool } = require("@openai/agents-realtime");

const calls = [];

const getWeather = tool({
  name: "get_weather",
  description: "Tells the weather.",
  strict: false,
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: true },
  execute: async (asked) => {
    calls.push(asked);
    return "foggy";
  },
});

/** After an interruption: the end of what was interrupted, the truncation, and the end of what is said instead. */
const ENDS = ["conversation.item.truncated", "response.done"];

const tell = (step, facts) => console.log(JSON.stringify({ step, ...facts }));

/** One session; the server's events in order, each read once. */
class Talk {
  constructor() {
    this.waiting = [];
    this.events = [];
    const agent = new RealtimeAgent({ name: "Assistant", instructions: "Be kind.", tools: [getWeather] });
    this.session = new RealtimeSession(agent, {
      transport: "websocket",
      model: "gpt-realtime",
      tracingDisabled: true,
      config: { audio: { input: { transcription: { model: "whisper-1" } } } },
    });
    this.session.on("transport_event", (event) => this.arrived(event));
    this.session.on("error", (error) => {
      console.error(JSON.stringify(error), error);
      process.exit(1);
    });
  }

  connect(url) {
    return this.session.connect({ apiKey: "sk-test", url });
  }

  arrived(event) {
    const waiter = this.waiting.shift();
    if (waiter) waiter(event);
    else this.events.push(event);
  }

  next() {
    const event = this.events.shift();
    return event ? Promise.resolve(event) : new Promise((resolve) => this.waiting.push(resolve));
  }

  async until(...types) {
    for (;;) {
      const event = await this.next();
      if (types.includes(event.type)) return event;
    }
  }

  speak(speech) {
    for (let start = 0; start < speech.length; start += 4800) {
      const piece = speech.subarray(start, start + 4800);
      this.session.sendAudio(piece.buffer.slice(piece.byteOffset, piece.byteOffset + piece.byteLength));
    }
  }

  async listen(seconds = 2) {
    for (let heard = 0; heard < seconds * 48000; ) {
      const { delta } = await this.until("response.output_audio.delta");
      heard += Buffer.from(delta, "base64").length;
    }
  }

  async answer() {
    const { response } = await this.until("response.done");
    return response.output[0].content[0].transcript;
  }

  async textTurn(text) {
    this.session.sendMessage(text);
    return this.answer();
  }
}

async function spokenTurn(talk, speech) {
  talk.speak(speech);
  const heard = await talk.until("conversation.item.input_audio_transcription.completed");
  tell("speech", { heard: heard.transcript, answer: await talk.answer() });
}

async function functionRound(talk) {
  talk.session.sendMessage("How is the weather?");
  const { response } = await talk.until("response.done");
  const answer = await talk.answer();
  tell("function", { name: response.output[0].name, arguments: calls.at(-1), answer });
}

async function cancel(talk) {
  talk.session.sendMessage("Tell me a story.");
  await talk.listen();
  talk.session.interrupt();
  const { response } = await talk.until("response.done");
  tell("cancel", { status: response.status, reason: response.status_details.reason });
}

async function bargeIn(talk, speech) {
  talk.session.sendMessage("Tell me a story.");
  await talk.listen();
  await sleep(300); // the listener hears something: the SDK takes the time for what was played
  talk.speak(speech);
  await talk.until("input_audio_buffer.speech_started");
  const all = [await talk.until(...ENDS), await talk.until(...ENDS), await talk.until(...ENDS)];
  const cut = all.find((event) => event.type === "conversation.item.truncated");
  const { response } = all.find((event) => event.type === "response.done");
  const heard = cut.audio_end_ms > 0 && cut.audio_end_ms < 60_000;
  const answer = await talk.textTurn("What now?");
  tell("barge-in", { status: response.status, reason: response.status_details.reason, heard, answer });
}

async function main(url, speech) {
  const talk = new Talk();
  await talk.connect(url);
  const created = await talk.until("session.created");
  tell("connect", { has_id: Boolean(created.session.id) });
  tell("text", { answer: await talk.textTurn("good morning") });
  await spokenTurn(talk, speech);
  await functionRound(talk);
  await cancel(talk);
  await bargeIn(talk, speech);
  talk.session.transport.connectionState.websocket.terminate(); // the line breaks: a session of this SDK ends with it
  talk.session.close();
  const again = new Talk();
  await again.connect(url);
  tell("reconnect", { answer: await again.textTurn("hello again"), times: 1 });
  again.session.close();
}

await main(process.argv[2], readFileSync(process.argv[3]));
