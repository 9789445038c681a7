"""`ovos-voice-agent talk`: a conversation in the terminal, by microphone, by WAV file or by text."""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path
from typing import Any

from ovos_voice_agent.cli import microphone
from ovos_voice_agent.cli.configured import Commands, add_command
from ovos_voice_agent.client import Connection, Turn, append_speech, collect_turn, connect, read_speech, write_speech
from ovos_voice_agent.errors import ClientError

EXAMPLES = """\
  ovos-voice-agent talk                                       microphone and speaker (wear headphones)
  ovos-voice-agent talk --text "what is six times seven?"
  ovos-voice-agent talk --wav question.wav --out answer.wav   anywhere, no sound card needed
  ovos-voice-agent talk --url wss://example.org/v1 --key sk-mine --model gpt-realtime --text hello
"""

DEFAULT_URL = "http://127.0.0.1:8000/v1"


def register(commands: Commands) -> None:
    command = add_command(commands, "talk", summary="talk to a server in the terminal", examples=EXAMPLES, run=run)
    question = command.add_mutually_exclusive_group()
    question.add_argument(
        "--wav", type=Path, metavar="FILE", help="say what is in this WAV file, at the speed of speech"
    )
    question.add_argument("--text", metavar="WORDS", help="type instead of speaking")
    command.add_argument("--out", type=Path, metavar="FILE", help="keep the spoken answer as a WAV file")
    command.add_argument("--url", default=DEFAULT_URL, help=f"base address of the server (default: {DEFAULT_URL})")
    command.add_argument("--key", default=os.environ.get("OPENAI_API_KEY"), help="API key (default: $OPENAI_API_KEY)")
    command.add_argument("--model", metavar="NAME", help="model to ask for (default: the server's)")
    command.add_argument("--voice", metavar="NAME", help="voice to ask for (default: the server's)")
    command.add_argument("--instructions", metavar="WORDS", help="who the agent is and how it should speak")


def run(args: argparse.Namespace) -> int:
    speech = _read(args.wav) if args.wav else None
    return asyncio.run(_talk(args, speech))


async def _talk(args: argparse.Namespace, speech: bytes | None) -> int:
    async with connect(args.url, key=args.key, model=args.model, query={"x_ovos": "timeline"}) as connection:
        await connection.wait_for("session.created")
        await _configure(connection, _session(args))
        if speech is None and args.text is None:
            return await microphone.converse(connection, report)
        if speech is not None:
            await _say(connection, speech)
        else:
            await _type(connection, args.text)
        turn = await collect_turn(connection, timeline=True)
    report(turn)
    if args.out and turn.audio:
        write_speech(args.out, bytes(turn.audio))
    return 0 if turn.status == "completed" else 1


async def _configure(connection: Connection, session: dict[str, Any]) -> None:
    await connection.send({"type": "session.update", "session": session})
    answer = await connection.wait_for("session.updated", "error")
    if answer["type"] == "error":
        raise ClientError(f"the server refuses the settings: {answer['error']['message']}")


def _session(args: argparse.Namespace) -> dict[str, Any]:
    """The settings to ask for. A file is one question, so its end is told by us; a microphone needs turn detection."""
    listen: dict[str, Any] = {"transcription": {}}
    if args.wav:
        listen["turn_detection"] = None
    session: dict[str, Any] = {"type": "realtime", "audio": {"input": listen}}
    if args.text is not None and not args.out:
        session["output_modalities"] = ["text"]
    if args.voice:
        session["audio"]["output"] = {"voice": args.voice}
    if args.instructions:
        session["instructions"] = args.instructions
    return session


async def _say(connection: Connection, speech: bytes) -> None:
    await append_speech(connection, speech)
    await connection.send({"type": "input_audio_buffer.commit"})
    await connection.send({"type": "response.create"})


async def _type(connection: Connection, words: str) -> None:
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": words}]}
    await connection.send({"type": "conversation.item.create", "item": item})
    await connection.send({"type": "response.create"})


def report(turn: Turn) -> None:
    """Print both transcripts and the time line."""
    if turn.heard:
        print(f"you:    {turn.heard}")
    print(f"agent:  {turn.said}")
    for call in turn.calls:
        print(f"calls:  {call['name']}({call['arguments']})")
    for error in [*turn.errors, *_failure(turn)]:
        print(f"error:  {error.get('message') or error.get('code')}")
    print(f"times:  {time_line(turn)}")


def time_line(turn: Turn) -> str:
    """The server's marks where it sent them, else what this client measured; in ms from the first one."""
    marks = [(mark["name"], mark["at_ms"]) for mark in turn.timeline] or list(turn.times_ms.items())
    marks.sort(key=lambda mark: mark[1])
    return ", ".join(f"{name.replace('_', ' ')} +{at_ms - marks[0][1]:.0f} ms" for name, at_ms in marks)


def _failure(turn: Turn) -> list[dict[str, Any]]:
    details = turn.response.get("status_details") or {}
    error = details.get("error")
    return [error] if error else []


def _read(path: Path) -> bytes:
    try:
        return read_speech(path)
    except ValueError as error:
        raise ClientError(f"{path}: {error}") from error
    except OSError as error:
        raise ClientError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from error
