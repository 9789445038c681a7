// A program of a user of openai-node: `node openai_node.mjs BASE_URL SPEECH.pcm`. It prints what happened, a JSON line a
// step. The SDK itself insists on wss.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const OpenAI = require("openai").default;
const { OpenAIRealtimeWS } = require("openai/realtime/ws");

const WEATHER = {
  type: "function",
  name: "get_weather",
  description: "Tells the weather.",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

/** After an interruption both come, in any order. */
const ENDS = ["conversation.item.truncated", "response.done"];

const tell = (step, facts) => console.log(JSON.stringify({ step, ...facts }));

/** One connection; its events in order, each read once. */
class Talk {
  constructor(client, options = {}) {
    this.waiting = [];
    this.events = [];
    this.realtime = new OpenAIRealtimeWS({ model: "gpt-realtime", ...options }, client);
    this.realtime.on("event", (event) => this.arrived(event));
    this.realtime.on("error", (error) => {
      console.error(error);
      process.exit(1);
    });
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

  send(event) {
    this.realtime.send(event);
  }

  write(text) {
    const content = [{ type: "input_text", text }];
    this.send({ type: "conversation.item.create", item: { type: "message", role: "user", content } });
    this.send({ type: "response.create" });
  }

  speak(speech) {
    for (let start = 0; start < speech.length; start += 4800) {
      const audio = speech.subarray(start, start + 4800).toString("base64");
      this.send({ type: "input_audio_buffer.append", audio });
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
    const [content] = response.output[0].content;
    return content.text ?? content.transcript;
  }

  async textTurn(text) {
    this.write(text);
    return this.answer();
  }

  close() {
    return new Promise((resolve) => {
      this.realtime.socket.on("close", resolve);
      this.realtime.close();
    });
  }
}

async function spokenTurn(talk, speech) {
  talk.speak(speech);
  const heard = await talk.until("conversation.item.input_audio_transcription.completed");
  tell("speech", { heard: heard.transcript, answer: await talk.answer() });
}

async function functionRound(talk) {
  talk.send({ type: "session.update", session: { type: "realtime", tools: [WEATHER] } });
  talk.write("How is the weather?");
  const call = await talk.until("response.function_call_arguments.done");
  await talk.until("response.done");
  const item = { type: "function_call_output", call_id: call.call_id, output: "foggy" };
  talk.send({ type: "conversation.item.create", item });
  talk.send({ type: "response.create" });
  tell("function", { name: call.name, arguments: JSON.parse(call.arguments), answer: await talk.answer() });
}

async function cancel(talk) {
  talk.write("Tell me a story.");
  await talk.until("response.output_audio.delta");
  talk.send({ type: "response.cancel" });
  const { response } = await talk.until("response.done");
  tell("cancel", { status: response.status, reason: response.status_details.reason });
}

async function bargeIn(talk, speech) {
  talk.write("Tell me a story.");
  const { item } = await talk.until("response.output_item.added");
  await talk.listen();
  talk.speak(speech);
  await talk.until("input_audio_buffer.speech_started");
  const { response } = await talk.until("response.done");
  talk.send({ type: "conversation.item.truncate", item_id: item.id, content_index: 0, audio_end_ms: 600 });
  const both = [await talk.until(...ENDS), await talk.until(...ENDS)];
  const cut = both.find((event) => event.type === "conversation.item.truncated");
  const answer = await talk.textTurn("What now?");
  const { status, status_details: details } = response;
  tell("barge-in", { status, reason: details.reason, heard_ms: cut.audio_end_ms, answer });
}

/** The SDK itself connects again when the line breaks. */
async function reconnect(client) {
  const talk = new Talk(client, { reconnect: true });
  let times = 0;
  talk.realtime.on("reconnecting", () => (times += 1));
  await talk.until("session.created");
  talk.realtime.socket.terminate();
  await talk.until("session.created");
  tell("reconnect", { answer: await talk.textTurn("hello again"), times });
  await talk.close();
}

async function main(baseURL, speech) {
  const client = new OpenAI({ baseURL, apiKey: "sk-test" });
  const talk = new Talk(client);
  const created = await talk.until("session.created");
  tell("connect", { has_id: Boolean(created.session.id) });
  const detection = { type: "server_vad", silence_duration_ms: 700 };
  const audio = { input: { transcription: { model: "whisper-1" }, turn_detection: detection } };
  talk.send({ type: "session.update", session: { type: "realtime", audio } });
  await talk.until("session.updated");
  tell("text", { answer: await talk.textTurn("good morning") });
  await spokenTurn(talk, speech);
  await functionRound(talk);
  await cancel(talk);
  await bargeIn(talk, speech);
  await talk.close();
  await reconnect(client);
}

await main(process.argv[2], readFileSync(process.argv[3]));
