"""A program of a user of openai-python 1.78, which speaks the preview form to OpenAI and to Azure:
`python openai_beta.py openai|azure URL SPEECH.pcm`. It prints what happened, a JSON line a step."""

import asyncio
import base64
import json
import sys
from pathlib import Path

from openai import AsyncAzureOpenAI, AsyncOpenAI
from websockets.exceptions import ConnectionClosed

WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "Tells the weather.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
SESSION = {
    "modalities": ["text", "audio"],
    "voice": "alloy",
    "input_audio_format": "pcm16",
    "output_audio_format": "pcm16",
    "input_audio_transcription": {"model": "whisper-1"},
    "turn_detection": {"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 700},
    "temperature": 0.7,
    "max_response_output_tokens": 4096,
}


def tell(step, **facts):
    print(json.dumps({"step": step, **facts}), flush=True)


async def until(connection, *types):
    async for event in connection:
        assert event.type != "error", event
        if event.type in types:
            return event
    raise EOFError


async def write(connection, text, response=None):
    content = [{"type": "input_text", "text": text}]
    await connection.conversation.item.create(item={"type": "message", "role": "user", "content": content})
    await connection.response.create(response=response or {})


async def speak(connection, speech):
    for start in range(0, len(speech), 4800):
        await connection.input_audio_buffer.append(audio=base64.b64encode(speech[start : start + 4800]).decode())


async def listen(connection, event, seconds=2):
    """Hear so much of an answer."""
    heard = 0
    while heard < seconds * 48000:
        heard += len(base64.b64decode((await until(connection, event)).delta))


async def answer(connection):
    response = (await until(connection, "response.done")).response
    content = response.output[0].content[0]
    assert content.type in ("text", "audio"), content
    return content.text or content.transcript


async def text_turn(connection, text):
    """In text, with the preview's own names of events and fields."""
    await write(connection, text, {"modalities": ["text"]})
    created = await until(connection, "conversation.item.created")
    assert created.item.object == "realtime.item", created
    streamed = ""
    while (event := await until(connection, "response.text.delta", "response.text.done")).type.endswith("delta"):
        streamed += event.delta
    assert streamed == event.text, event
    return await answer(connection)


async def spoken_turn(connection, speech):
    await speak(connection, speech)
    heard = await until(connection, "conversation.item.input_audio_transcription.completed")
    audio = base64.b64decode((await until(connection, "response.audio.delta")).delta)
    assert audio, "silence"
    assert len(audio) % 2 == 0, "half a sample"
    said = (await until(connection, "response.audio_transcript.done")).transcript
    assert said == await answer(connection), said
    tell("speech", heard=heard.transcript, answer=said)


async def function_round(connection):
    await connection.session.update(session={"tools": [WEATHER], "tool_choice": "auto"})
    await write(connection, "How is the weather?")
    call = (await until(connection, "response.function_call_arguments.done")).call_id
    item = (await until(connection, "response.output_item.done")).item
    assert item.call_id == call, item
    await until(connection, "response.done")
    output = {"type": "function_call_output", "call_id": call, "output": "foggy"}
    await connection.conversation.item.create(item=output)
    await connection.response.create()
    tell("function", name=item.name, arguments=json.loads(item.arguments), answer=await answer(connection))


async def cancel(connection):
    await write(connection, "Tell me a story.")
    await until(connection, "response.audio.delta")
    await connection.response.cancel()
    response = (await until(connection, "response.done")).response
    tell("cancel", status=response.status, reason=response.status_details.reason)


async def barge_in(connection, speech):
    await write(connection, "Tell me a story.")
    item = (await until(connection, "response.output_item.added")).item
    await listen(connection, "response.audio.delta")
    await speak(connection, speech)
    await until(connection, "input_audio_buffer.speech_started")
    response = (await until(connection, "response.done")).response
    await connection.conversation.item.truncate(item_id=item.id, content_index=0, audio_end_ms=600)
    both = [await until(connection, "conversation.item.truncated", "response.done") for _ in range(2)]
    [cut] = [event for event in both if event.type == "conversation.item.truncated"]
    after = await text_turn(connection, "What now?")
    reason = response.status_details.reason
    tell("barge-in", status=response.status, reason=reason, heard_ms=cut.audio_end_ms, answer=after)


async def reconnect(client):
    """The line breaks. This SDK tells so, and the program connects again."""
    times = 0
    async with client.beta.realtime.connect(model="gpt-4o-realtime-preview") as connection:
        await until(connection, "session.created")
        connection._connection.transport.abort()
        try:
            await until(connection, "session.updated")
        except ConnectionClosed:
            times += 1
    async with client.beta.realtime.connect(model="gpt-4o-realtime-preview") as connection:
        await until(connection, "session.created")
        tell("reconnect", answer=await text_turn(connection, "hello again"), times=times)


def client_of(kind, url):
    if kind == "azure":
        return AsyncAzureOpenAI(azure_endpoint=url, api_key="sk-test", api_version="2024-10-01-preview")
    return AsyncOpenAI(base_url=url, api_key="sk-test")


async def main(kind, url, speech):
    client = client_of(kind, url)
    async with client.beta.realtime.connect(model="gpt-4o-realtime-preview") as connection:
        created = (await until(connection, "session.created")).session
        assert created.turn_detection.silence_duration_ms == 200, created
        tell("connect", has_id=bool(created.id))
        await connection.session.update(session=SESSION)
        updated = (await until(connection, "session.updated")).session
        told = updated.to_dict()
        assert set(updated.modalities) == {"text", "audio"}, told
        for key in SESSION.keys() - {"modalities", "turn_detection", "input_audio_transcription"}:
            assert told[key] == SESSION[key], (key, told[key])
        tell("text", answer=await text_turn(connection, "good morning"))
        await spoken_turn(connection, speech)
        await function_round(connection)
        await cancel(connection)
        await barge_in(connection, speech)
    await reconnect(client)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]).read_bytes()))
