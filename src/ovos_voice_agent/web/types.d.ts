/** Words shared by the page's modules; read by the type checker only, never by a browser. */

export interface Part {
  type: string;
  text?: string | null;
  transcript?: string | null;
}

export interface Item {
  id: string;
  type: string;
  status?: string;
  role?: "user" | "assistant" | "system";
  content?: Part[];
  name?: string;
  call_id?: string;
  arguments?: string;
  output?: string;
}

export interface TurnDetection {
  type: "server_vad" | "semantic_vad";
  threshold?: number;
  prefix_padding_ms?: number;
  silence_duration_ms?: number;
  eagerness?: string;
  create_response?: boolean;
  interrupt_response?: boolean;
}

export interface AudioFormat {
  type: string;
  rate?: number;
}

export interface Transcription {
  model?: string | null;
  language?: string | null;
}

export interface Tool {
  type: "function";
  name: string;
  description: string;
  parameters: object;
}

/** A session as the server shows it; every key may be missing in what a client sends. */
export interface SessionShape {
  type?: string;
  id?: string;
  model?: string;
  instructions?: string;
  output_modalities?: string[];
  tools?: Tool[];
  audio?: {
    input?: {
      format?: AudioFormat;
      turn_detection?: TurnDetection | null;
      transcription?: Transcription | null;
    };
    output?: { format?: AudioFormat; voice?: string | { id: string }; speed?: number };
  };
  x_ovos?: { timeline?: boolean; words?: boolean; recording?: boolean };
}

export interface ResponseShape {
  id: string;
  status: string;
  status_details: { type: string; reason?: string; error?: { message?: string; code?: string } } | null;
  output: Item[];
}

export interface ProtocolError {
  type: string;
  code: string | null;
  message: string;
  param: string | null;
  event_id: string | null;
}

export interface Mark {
  name: string;
  at_ms: number;
}

/** `x_ovos.turn.timeline`: what the server says of one turn. Times are on the connection's audio clock. */
export interface TurnTimeline {
  type: "x_ovos.turn.timeline";
  event_id: string;
  response_id: string;
  item_id: string | null;
  origin: string;
  marks: Mark[];
  decision: Record<string, unknown> | null;
}

/** `x_ovos.response.word_times`: when words are said, in place of what was told of the item's audio from `from_ms` on. */
export interface WordTimes extends OfItem {
  type: "x_ovos.response.word_times";
  event_id: string;
  from_ms: number;
  words: { end: number; at_ms: number }[];
  estimated: boolean;
}

interface OfItem {
  item_id: string;
}
interface OfReply extends OfItem {
  response_id: string;
  output_index: number;
  content_index: number;
}
interface Named<T extends string> {
  type: T;
  event_id: string;
}

/** The server's events that the page acts on. All others are shown by the inspector and otherwise ignored. */
export type ServerEvent =
  | (Named<"session.created"> & { session: SessionShape })
  | (Named<"session.updated"> & { session: SessionShape })
  | (Named<"error"> & { error: ProtocolError })
  | (Named<"input_audio_buffer.speech_started"> & OfItem & { audio_start_ms: number })
  | (Named<"input_audio_buffer.speech_stopped"> & OfItem & { audio_end_ms: number })
  | (Named<"input_audio_buffer.committed"> & OfItem & { previous_item_id: string | null })
  | Named<"input_audio_buffer.cleared">
  | (Named<"conversation.item.added"> & { previous_item_id: string | null; item: Item })
  | (Named<"conversation.item.done"> & { previous_item_id: string | null; item: Item })
  | (Named<"conversation.item.retrieved"> & { item: Item })
  | (Named<"conversation.item.deleted"> & OfItem)
  | (Named<"conversation.item.truncated"> & OfItem & { content_index: number; audio_end_ms: number })
  | (Named<"conversation.item.input_audio_transcription.delta"> & OfItem & { delta?: string })
  | (Named<"conversation.item.input_audio_transcription.completed"> & OfItem & { transcript: string })
  | (Named<"conversation.item.input_audio_transcription.failed"> & OfItem & { error: { message?: string } })
  | (Named<"response.created"> & { response: ResponseShape })
  | (Named<"response.done"> & { response: ResponseShape })
  | (Named<"response.output_text.delta"> & OfReply & { delta: string })
  | (Named<"response.output_text.done"> & OfReply & { text: string })
  | (Named<"response.output_audio_transcript.delta"> & OfReply & { delta: string })
  | (Named<"response.output_audio_transcript.done"> & OfReply & { transcript: string })
  | (Named<"response.output_audio.delta"> & OfReply & { delta: string })
  | (Named<"response.output_audio.done"> & OfReply)
  | TurnTimeline
  | WordTimes;

export interface ClientEvent {
  type: string;
  event_id?: string;
  [key: string]: unknown;
}

/** Something that stands in the way, in words for the person in front of the page. */
export interface Problem {
  kind: string;
  title: string;
  advice: string;
  /** What the button beside it does. */
  action?: "key" | "retry" | "microphone" | "resume" | "settings";
  /** The page goes on by itself; nothing needs to be done. */
  passing?: boolean;
}

/** An engine in force, as the server describes it. */
export interface EngineShown {
  stage: string;
  name: string;
  models: string[];
  local: boolean;
  quality: string;
  better: string;
}

/** What the server offers (`web/config.json`). */
export interface Choices {
  /** The status of a refusal: a key is wanted, or the engines are loading. */
  refused?: number;
  models: string[];
  default_model: string;
  personas: string[];
  voices: { name: string; language: string | null }[];
  default_voice: string;
  languages: string[] | null;
  engines: EngineShown[];
  recording: boolean;
}

export interface Settings {
  model: string;
  persona: string;
  voice: string;
  instructions: string;
  turns: "server_vad" | "semantic_vad" | "push";
  threshold: number;
  silence_ms: number;
  eagerness: string;
  interruptions: boolean;
  speed: number;
  language: string;
  tools: string[];
  device: string;
  recording: boolean;
}
