"""Items that clients create: checked whole, then stored, announced and, where they hold speech, recognised
(protocol.md 4.6)."""

from __future__ import annotations

from collections.abc import Iterable

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core.conversation import Conversation
from ovos_voice_agent.core.items import StoredItem, check_supported, from_client
from ovos_voice_agent.core.outputs import Outputs
from ovos_voice_agent.core.transcripts import Transcripts
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.client_events import ConversationItemCreate, NewItem
from ovos_voice_agent.protocol.objects import InputAudio, ItemId
from ovos_voice_agent.protocol.settings import InputAudioSettings


class ItemCreation:
    """Creates items of the conversation, and has recordings in items recognised."""

    def __init__(self, outputs: Outputs, conversation: Conversation, transcripts: Transcripts) -> None:
        self._outputs = outputs
        self._conversation = conversation
        self._transcripts = transcripts
        self._utterances: dict[ItemId, list[ItemId]] = {}
        """Recordings being recognised, by the item they are in."""

    def create(self, event: ConversationItemCreate, settings: InputAudioSettings, *, logprobs: bool) -> None:
        """`conversation.item.create`. Raises ClientError; nothing has changed then."""
        new = event.item
        self._check(new, event.previous_item_id)
        item = from_client(new, settings.format.audio_format(), self._outputs.new_id)
        recordings = _recordings(new)
        self._conversation.add_complete(item, event.previous_item_id)
        for index, audio in recordings.items():
            part = item.parts[index]
            if part.text is None or settings.transcription is not None:
                self._recognise(
                    item, index, audio, settings, reported=settings.transcription is not None, logprobs=logprobs
                )

    def recognise(self, context: Iterable[StoredItem] | None, settings: InputAudioSettings) -> set[ItemId]:
        """The utterances whose transcripts a reply to this context (None: the conversation) must wait for.

        Recordings that came with the request itself are handed to the recogniser here.
        """
        items = self._conversation.items() if context is None else context
        waiting: set[ItemId] = set()
        for item in items:
            if context is not None and self._conversation.find(item.id) is not item:
                self._recognise_unheard(item, settings)
            waiting.update(self._utterances.get(item.id, ()), (item.id,))
        return {utterance for utterance in waiting if self._transcripts.is_pending(utterance)}

    def _recognise_unheard(self, item: StoredItem, settings: InputAudioSettings) -> None:
        for index, part in enumerate(item.parts):
            if part.type == "input_audio" and part.text is None and part.audio:
                self._recognise(item, index, bytes(part.audio), settings, reported=False, logprobs=False)

    def _recognise(
        self,
        item: StoredItem,
        index: int,
        audio: bytes,
        settings: InputAudioSettings,
        *,
        reported: bool,
        logprobs: bool,
    ) -> None:
        part = item.parts[index]
        known = self._utterances.setdefault(item.id, [])
        utterance = ItemId(self._outputs.new_id("item")) if known else item.id
        known.append(utterance)
        self._transcripts.start(utterance, reported=reported, announced=True, logprobs=logprobs)
        self._transcripts.commit(utterance, part, item.id, index)
        heard_as = part.format or settings.format.audio_format()
        self._outputs.order(c.TranscribeClip(utterance, audio, heard_as, settings.transcription, logprobs))

    def _check(self, new: NewItem, previous: ItemId | None) -> None:
        check_supported(new, "item")
        self._conversation.check_new(new.id, previous)
        if new.type == "function_call_output" and new.call_id not in self._conversation.known_calls:
            message = f"Tool call ID '{new.call_id}' not found in conversation."
            raise ClientError(message, code="invalid_tool_call_id")


def _recordings(new: NewItem) -> dict[int, bytes]:
    """Audio of the item's parts by content index."""
    return {
        index: content.audio
        for index, content in enumerate(new.content)
        if isinstance(content, InputAudio) and isinstance(content.audio, bytes) and content.audio
    }
