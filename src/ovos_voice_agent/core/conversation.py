"""The conversation: items in order. Who comes after whom is decided in this file alone.

- An id is never used twice, not even after its item was deleted.
- Audio is kept for retrieval only, newest first, within a bound; transcripts stay.
"""

from __future__ import annotations

from collections import deque
from typing import Literal

from ovos_voice_agent.core.items import Part, StoredItem
from ovos_voice_agent.core.offer import Limits
from ovos_voice_agent.core.outputs import Outputs
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol import server_events as se
from ovos_voice_agent.protocol.objects import ItemId

KEPT_AUDIO_BYTES = 2 * 1024 * 1024
"""Audio that one session keeps for retrieval (protocol.md 5.9)."""


class Conversation:
    """The default conversation of a session."""

    def __init__(self, outputs: Outputs, limits: Limits) -> None:
        self.id = outputs.new_id("conv")
        self._outputs = outputs
        self._limits = limits
        self._order: list[ItemId] = []
        self._items: dict[ItemId, StoredItem] = {}
        self._used: set[ItemId] = set()
        self._with_audio: deque[Part] = deque()
        self._sizes: dict[ItemId, int] = {}
        self.known_calls: set[str] = set()
        """Ids of all function calls ever made here or out of band; outputs may refer to any of them."""

    # ---------------------------------------------------------------------------------------------------------- reading

    @property
    def last_id(self) -> ItemId | None:
        return self._order[-1] if self._order else None

    def items(self) -> list[StoredItem]:
        """All items in order."""
        return [self._items[item_id] for item_id in self._order]

    def find(self, item_id: ItemId) -> StoredItem | None:
        return self._items.get(item_id)

    def get(self, item_id: ItemId, doing: Literal["retrieving", "deleting", "truncating"]) -> StoredItem:
        """The item, or the error of the client event that named it."""
        item = self._items.get(item_id)
        if item is None:
            verb = {"retrieving": "retrieve", "deleting": "delete", "truncating": "truncate"}[doing]
            message = f"Error {doing} item: the item with id '{item_id}' does not exist."
            raise ClientError(message, code=f"item_{verb}_invalid_item_id")
        return item

    def check_room(self) -> None:
        """Raises when no further item fits."""
        if len(self._order) >= self._limits.items:
            raise session_limit(self._limits.items, "items")
        if sum(self._sizes.values()) >= self._limits.conversation_bytes:
            raise session_limit(self._limits.conversation_bytes, "bytes of conversation")

    def check_new(self, item_id: ItemId | None, previous: ItemId | None) -> None:
        """Raises when an item with this id, or at this place, cannot be added."""
        self.check_room()
        if item_id is not None and item_id in self._used:
            message = f"Error adding item: an item with id '{item_id}' already exists."
            raise ClientError(message, code="item_create_duplicate_item_id")
        if previous is not None and previous != "root" and previous not in self._items:
            message = f"Error adding item: the previous item with id '{previous}' does not exist."
            raise ClientError(message, code="item_create_invalid_previous_item_id")

    # --------------------------------------------------------------------------------------------------------- changing

    def add(self, item: StoredItem, previous: ItemId | None = None) -> None:
        """Insert an item (None: at the end, "root": at the beginning) and announce it with
        `conversation.item.added`."""
        place = len(self._order)
        if previous is not None:
            place = 0 if previous == "root" else self._order.index(previous) + 1
        self._order.insert(place, item.id)
        self._items[item.id] = item
        self._used.add(item.id)
        self._sizes[item.id] = item.size()
        if item.type == "function_call":
            self.known_calls.add(item.call_id)
        self._outputs.send(se.ConversationItemAdded, previous_item_id=self._before(item.id), item=item.wire())

    def done(self, item: StoredItem) -> None:
        """Announce that an item is final. Of an item deleted in the meantime nothing is told: clients that take this
        event for
        an upsert would bring it back."""
        if item.id not in self._items:
            return
        self._sizes[item.id] = item.size()
        self._outputs.send(se.ConversationItemDone, previous_item_id=self._before(item.id), item=item.wire())

    def add_complete(self, item: StoredItem, previous: ItemId | None = None) -> None:
        """Insert an item that is complete at once."""
        self.add(item, previous)
        self.done(item)
        for part in item.parts:
            self.keep_audio(part)

    def retrieve(self, item_id: ItemId) -> None:
        item = self.get(item_id, "retrieving")
        self._outputs.send(se.ConversationItemRetrieved, item=item.wire(with_audio=True))

    def delete(self, item_id: ItemId) -> None:
        item = self.get(item_id, "deleting")
        self._order.remove(item_id)
        del self._items[item_id]
        del self._sizes[item_id]
        for part in item.parts:
            part.audio = None
        self._outputs.send(se.ConversationItemDeleted, item_id=item_id)

    def truncate(self, item_id: ItemId, content_index: int, audio_end_ms: int) -> None:
        """Keep what was heard of a spoken message, text and audio; a position beyond the audio is clamped."""
        item = self.get(item_id, "truncating")
        part = item.parts[content_index] if content_index < len(item.parts) else None
        if item.role != "assistant" or part is None or part.type != "output_audio":
            raise ClientError("Only model output audio messages can be truncated", code="unsupported_content_type")
        audio_end_ms = cut(part, audio_end_ms)
        self._outputs.send(
            se.ConversationItemTruncated, item_id=item_id, content_index=content_index, audio_end_ms=audio_end_ms
        )

    def keep_audio(self, part: Part) -> None:
        """Count a finished part's audio, and let go of the oldest beyond the bound."""
        if not part.audio:
            return
        self._with_audio.append(part)
        kept = sum(len(other.audio) for other in self._with_audio if other.audio)
        while kept > KEPT_AUDIO_BYTES:
            oldest = self._with_audio.popleft()
            kept -= len(oldest.audio or b"")
            oldest.audio = None

    def _before(self, item_id: ItemId) -> ItemId | None:
        place = self._order.index(item_id)
        return self._order[place - 1] if place else None


def cut(part: Part, audio_end_ms: int) -> int:
    """Cut a spoken part where its listener stopped hearing; returns the position in force, clamped to its audio."""
    if part.playback is None:
        return 0
    made_ms = part.length_ms if part.cut else part.playback.milliseconds()
    audio_end_ms = min(audio_end_ms, made_ms)
    text = part.text or ""
    part.text = text[: part.playback.heard(audio_end_ms, text)].rstrip()
    part.length_ms = audio_end_ms
    part.cut = True
    if part.audio is not None and part.format is not None:
        del part.audio[part.format.bytes_in_ms(audio_end_ms) :]
    return audio_end_ms


def session_limit(limit: int, what: str, param: str | None = None) -> ClientError:
    """The error for more of something than a session may hold."""
    message = f"This session has reached its limit of {limit} {what}."
    return ClientError(message, code="session_limit_reached", param=param)
