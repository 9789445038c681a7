// A program of a user of openai-node without a session: `node openai_node_rest.mjs BASE_URL SPEECH.wav`. It uses every
// resource that the server has over HTTP, and prints what came, a JSON line a step.

import { createReadStream } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const OpenAI = require("openai").default;

const WEATHER = {
  type: "function",
  function: {
    name: "get_weather",
    description: "Tells the weather.",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};

const tell = (step, facts) => console.log(JSON.stringify({ step, ...facts }));

/** What a promise was refused with. */
async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    const { status, code, param } = error;
    return { name: error.constructor.name, status, code, param, has_id: Boolean(error.requestID) };
  }
  throw new Error("this should have been refused");
}

async function models(client) {
  const names = [];
  for await (const model of client.models.list()) names.push(model.id);
  const { id, object } = await client.models.retrieve("gpt-realtime");
  tell("models", { has: ["tts-1", "whisper-1", "gpt-4o"].every((name) => names.includes(name)), id, object });
  tell("no model", await refusal(client.models.retrieve("org/none:1")));
}

async function speech(client) {
  const asked = { model: "gpt-4o-mini-tts", voice: "alloy", input: "Hello there." };
  const lengths = {};
  for (const response_format of ["mp3", "opus", "aac", "flac", "wav", "pcm"]) {
    const answer = await client.audio.speech.create({ ...asked, response_format });
    lengths[response_format] = [answer.headers.get("content-type"), (await answer.arrayBuffer()).byteLength > 500];
  }
  tell("speech", lengths);
  const events = await (await client.audio.speech.create({ ...asked, stream_format: "sse" })).text();
  const types = events.split("\n\n").filter(Boolean).map((event) => JSON.parse(event.replace("data: ", "")).type);
  tell("speech events", { first: types[0], last: types.at(-1) });
  tell("no voice", await refusal(client.audio.speech.create({ ...asked, voice: "nobody" })));
}

async function transcriptions(client, path) {
  const asked = () => ({ model: "whisper-1", file: createReadStream(path) });
  const create = (more) => client.audio.transcriptions.create({ ...asked(), ...more });
  const { text, usage } = await create();
  tell("transcription", { text, usage });
  const verbose = await create({ response_format: "verbose_json", timestamp_granularities: ["segment"] });
  tell("verbose", { language: verbose.language, segments: verbose.segments.length, duration: verbose.duration });
  tell("subtitles", { cue: (await create({ response_format: "srt" })).includes(" --> ") });
  const deltas = [];
  for await (const event of await create({ stream: true })) {
    if (event.type === "transcript.text.delta") deltas.push(event.delta);
    else tell("stream", { type: event.type, text: event.text, whole: deltas.join("") === event.text });
  }
  tell("translation", { text: (await client.audio.translations.create(asked())).text });
  const file = new File([new Uint8Array(99)], "a.wav");
  tell("no sound", await refusal(client.audio.transcriptions.create({ model: "whisper-1", file })));
}

async function chat(client) {
  const ask = (content, more) =>
    client.chat.completions.create({ model: "gpt-4o", messages: [{ role: "user", content }], ...more });
  tell("chat", { answer: (await ask("good morning")).choices[0].message.content });
  let streamed = "";
  for await (const chunk of await ask("good evening", { stream: true })) {
    streamed += chunk.choices[0]?.delta.content ?? "";
  }
  tell("chat stream", { answer: streamed });
  const [call] = (await ask("How is the weather?", { tools: [WEATHER] })).choices[0].message.tool_calls;
  tell("chat tool", { name: call.function.name, arguments: JSON.parse(call.function.arguments) });
  const heard = await ask("hello", { modalities: ["text", "audio"], audio: { voice: "alloy", format: "wav" } });
  const { transcript, data } = heard.choices[0].message.audio;
  tell("chat audio", { transcript, riff: Buffer.from(data, "base64").subarray(0, 4).toString() });
}

async function secrets(client) {
  const session = { type: "realtime", instructions: "Be brief." };
  const expires_after = { anchor: "created_at", seconds: 60 };
  const made = await client.realtime.clientSecrets.create({ session, expires_after });
  const life_s = made.expires_at - Date.now() / 1000;
  const { type, instructions } = made.session;
  tell("secret", { ephemeral: made.value.startsWith("ek_"), soon: life_s > 0 && life_s <= 61, type, instructions });
}

async function main(baseURL, path) {
  const client = new OpenAI({ baseURL, apiKey: "sk-test", maxRetries: 0 });
  await models(client);
  await speech(client);
  await transcriptions(client, path);
  await chat(client);
  await secrets(client);
}

await main(process.argv[2], process.argv[3]);
