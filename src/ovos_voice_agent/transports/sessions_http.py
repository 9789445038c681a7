"""Sessions over HTTP: short-lived keys that open them, and sessions shown, changed and ended (protocol.md 2.4 to 2.6).

A session is *prepared* from the moment that its key is made, and *live* while a client is connected. The first client
that comes with the key gets the session of that id; further ones get sessions of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from fastapi import APIRouter, Request, Response

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol import rest_sessions as bodies
from ovos_voice_agent.protocol.rest_schemas import schema_of
from ovos_voice_agent.protocol.validation import JsonObject
from ovos_voice_agent.stores.interface import LiveEntry, PreparedSession, Store
from ovos_voice_agent.transports.auth import Credential
from ovos_voice_agent.transports.bodies import json_object
from ovos_voice_agent.transports.guard import credential_of, needs
from ovos_voice_agent.transports.opening import settings_of
from ovos_voice_agent.transports.preparing import Draft, Preparing, shown, shown_in_preview
from ovos_voice_agent.transports.secrets import Secrets

RECORD = "realtime.session.record"
"""`object` of what is told of a session from outside. The API has no such thing."""
ENDED = "Session was ended."
REPORT = msgspec.json.encode({"report": True})
"""The order to say how a session goes."""


class Live(Protocol):
    """A session that runs in this process; `app.sessions.LiveSession` in the server."""

    def view(self) -> dict[str, Any]:
        """As its client sees it."""

    def report(self) -> dict[str, Any]:
        """How it goes, as operators see it: activity, turns, responses, latency and engines."""

    def check(self, session: Mapping[str, Any]) -> None:
        """Raises ClientError when `update` would be refused."""

    def update(self, session: dict[str, Any]) -> None:
        """Change it by a checked session request; its client is told."""

    def end(self, reason: str) -> None:
        """Close its connection."""


@dataclass(frozen=True, slots=True)
class Desk:
    """All that the routes need. `find` finds live sessions of this process, `clock` gives Unix seconds, `house` tells
    operators how the server as a whole is."""

    preparing: Preparing
    secrets: Secrets
    store: Store
    find: Callable[[str], Live | None]
    new_id: Callable[[str], str]
    clock: Callable[[], float]
    house: Callable[[], dict[str, Any]] = dict

    async def prepare(
        self, draft: Draft, credential: Credential, life_s: int, **more: Any
    ) -> tuple[PreparedSession, str]:
        """A prepared session and its key."""
        now = self.clock()
        prepared = PreparedSession(
            id=self.new_id("sess"),
            owner=credential.name,
            settings=draft.encoded(),
            created_at=now,
            expires_at=int(now) + life_s,
            chosen_voice=draft.chosen_voice,
            **more,
        )
        return prepared, await self.secrets.mint(prepared)

    async def both(self, session_id: str, credential: Credential) -> Both:
        """What is known of a session. Raises ClientError with status 404, also for what belongs to somebody else."""
        prepared = await self.store.prepared(session_id)
        entry = next((entry for entry in await self.store.live(None) if entry.id == session_id), None)
        owners = {known.owner for known in (prepared, entry) if known is not None}
        own = credential.prepared is None or credential.prepared.id == session_id
        if not owners or not own or not ("admin" in credential.scopes or credential.name in owners):
            message = f"There is no session with id '{session_id}'."
            raise ClientError(message, code="session_not_found", param="session_id", status=404)
        return Both(session_id, prepared, entry)

    def record(self, known: Both) -> dict[str, Any]:
        """What is told of a session, without its settings."""
        prepared, entry = known.prepared, known.entry
        first = entry or prepared
        assert first is not None
        alive = prepared is not None and self.clock() < prepared.expires_at
        return {
            "object": RECORD,
            "id": known.session_id,
            "state": "live" if entry else "prepared" if alive else "expired",
            "owner": first.owner,
            "name": prepared.name if prepared else "",
            "metadata": prepared.metadata if prepared else {},
            "created_at": int(prepared.created_at) if prepared else None,
            "key_expires_at": int(prepared.expires_at) if prepared else None,
            "started_at": int(entry.started_at) if entry else None,
            "dialect": entry.dialect if entry else None,
            "live": self.liveliness(entry, known.told) if entry else None,
        }

    def liveliness(self, entry: LiveEntry, told: bytes | None) -> dict[str, Any]:
        """`told` is what another process said of its session when it was last asked."""
        live = self.find(entry.id)
        report = live.report() if live is not None else msgspec.json.decode(told or b"{}")
        return {
            "kind": entry.kind,
            "model": entry.model,
            "worker": entry.worker,
            "client": {"address": entry.address, "agent": entry.agent},
            "duration_s": round(max(0.0, self.clock() - entry.started_at), 1),
            **report,
        }

    async def told(self, entries: Iterable[LiveEntry]) -> Mapping[str, bytes]:
        """What other processes said of their sessions; they are asked to say it anew, for whoever looks next."""
        elsewhere = [entry.id for entry in entries if self.find(entry.id) is None]
        for session_id in elsewhere:
            await self.store.order(session_id, REPORT)
        return await self.store.told() if elsewhere else {}

    def details(self, known: Both) -> dict[str, Any]:
        """The record with the settings. Those of a live session in another process are as they were prepared."""
        live = self.find(known.session_id) if known.entry else None
        session = None
        if live is not None:
            session = live.view()
        elif known.prepared is not None:
            session = shown(known.session_id, settings_of(known.prepared))
        return {**self.record(known), "session": session}


@dataclass(frozen=True, slots=True)
class Both:
    """One session, prepared, live or both."""

    session_id: str
    prepared: PreparedSession | None
    entry: LiveEntry | None
    told: bytes | None = None


def session_routes(desk: Desk) -> APIRouter:
    """All of them; to be included behind a guard that admits short-lived keys."""
    router = APIRouter(tags=["sessions"], dependencies=[needs("realtime")])
    _add_minting(router, desk)
    _add_preview(router, desk)
    _add_plain(router, desk)
    _add_showing(router, desk)
    _add_changing(router, desk)
    return router


# -------------------------------------------------------------------------------------------------------------- making


def _body(shape: Any) -> dict[str, Any]:
    """How the OpenAPI document shows a body that may be empty."""
    return {"requestBody": {"required": False, "content": {"application/json": {"schema": schema_of(shape)}}}}


_ANY_BODY = _body(JsonObject())
"""Of the preview, whose clients send keys that nobody knows."""


def _owner(request: Request) -> Credential:
    """Raises ClientError with status 403 for a short-lived key, which makes no further ones."""
    credential = credential_of(request)
    if credential.prepared is not None:
        message = "A client secret opens its session and nothing else; use your API key here."
        raise ClientError(message, code="permission_denied", status=403)
    return credential


def _add_minting(router: APIRouter, desk: Desk) -> None:
    @router.post("/v1/realtime/client_secrets", openapi_extra=_body(bodies.CLIENT_SECRET))
    async def create_client_secret(request: Request) -> Response:
        """Make a short-lived key for a browser or another client, bound to a session's configuration."""
        credential = _owner(request)
        body = bodies.CLIENT_SECRET(await json_object(request), "")
        draft = desk.preparing.draft(body.get("session"), credential)
        prepared, secret = await desk.prepare(draft, credential, bodies.life_s(body.get("expires_after")))
        session = shown(prepared.id, draft.settings)
        return _json({"value": secret, "expires_at": int(prepared.expires_at), "session": session})


def _add_preview(router: APIRouter, desk: Desk) -> None:
    async def create(request: Request, kind: str) -> Response:
        credential = _owner(request)
        asked = bodies.preview_request(await json_object(request), kind)
        try:
            draft = desk.preparing.draft(asked.session, credential, preview=True)
        except ClientError as error:
            raise bodies.in_preview_words(error) from None
        prepared, secret = await desk.prepare(draft, credential, asked.life_s, preview=True)
        expires_at = int(prepared.expires_at)
        session = shown_in_preview(prepared.id, draft)
        return _json({**session, "client_secret": {"value": secret, "expires_at": expires_at}, "value": secret})

    @router.post("/v1/realtime/sessions", openapi_extra=_ANY_BODY)
    async def create_session(request: Request) -> Response:
        """The preview's way to make a short-lived key."""
        return await create(request, "realtime")

    @router.post("/v1/realtime/transcription_sessions", openapi_extra=_ANY_BODY)
    async def create_transcription_session(request: Request) -> Response:
        """The preview's way to make a short-lived key for a transcription session."""
        return await create(request, "transcription")


def _add_plain(router: APIRouter, desk: Desk) -> None:
    @router.post("/api/session", openapi_extra=_body(bodies.PLAIN_SESSION))
    async def create_plain_session(request: Request) -> Response:
        """Prepare a session in a few words, and learn where to connect with which key."""
        credential = _owner(request)
        body = bodies.PLAIN_SESSION(await json_object(request), "")
        draft = desk.preparing.draft(_from_plain(body), credential)
        more = {"name": body.get("name") or "", "metadata": body.get("metadata") or {}}
        prepared, secret = await desk.prepare(draft, credential, bodies.life_s(body.get("expires_after")), **more)
        expires_at = int(prepared.expires_at)
        answer = {
            "id": prepared.id,
            **more,
            "url": _socket_url(request),
            "client_secret": {"value": secret, "expires_at": expires_at},
            "session": shown(prepared.id, draft.settings),
        }
        return _json(answer)


def _from_plain(body: Mapping[str, Any]) -> dict[str, Any]:
    session = {key: body[key] for key in ("instructions", "model") if body.get(key) is not None}
    if body.get("tools") is not None:
        session["tools"] = bodies.flat_tools(body["tools"])
    if body.get("voice") is not None:
        session["audio"] = {"output": {"voice": body["voice"]}}
    return session


def _socket_url(request: Request) -> str:
    base = str(request.base_url).rstrip("/")
    return f"{base.replace('http', 'ws', 1)}/v1/realtime"


# -------------------------------------------------------------------------------------------- showing, changing, ending


def _add_showing(router: APIRouter, desk: Desk) -> None:
    @router.get("/v1/realtime/sessions")
    async def list_sessions(request: Request) -> Response:
        """Live and prepared sessions: one's own, or with the scope `admin` all, and how the server is."""
        credential = _owner(request)
        operator = "admin" in credential.scopes
        owner = None if operator else credential.name
        prepared = {session.id: session for session in await desk.store.all_prepared(owner)}
        entries = {entry.id: entry for entry in await desk.store.live(owner)}
        told = await desk.told(entries.values())
        ids = {**entries, **prepared}
        known = (Both(found, prepared.get(found), entries.get(found), told.get(found)) for found in ids)
        listed = {"object": "list", "data": [desk.record(both) for both in known]}
        if not operator:
            return _json(listed)
        house = {**desk.house(), "sessions": len(entries)}  # those of all processes that share the store
        return _json({**listed, "server": house})

    @router.get("/v1/realtime/sessions/{session_id}")
    async def retrieve_session(request: Request, session_id: str) -> Response:
        """One session, with its settings. A short-lived key sees its own."""
        return _json(desk.details(await desk.both(session_id, credential_of(request))))


def _add_changing(router: APIRouter, desk: Desk) -> None:
    @router.patch("/v1/realtime/sessions/{session_id}", openapi_extra=_body(bodies.CHANGE))
    async def change_session(request: Request, session_id: str) -> Response:
        """Change what a key opens and, when the session is live, the session; its client is told."""
        known = await desk.both(session_id, _owner(request))
        body = bodies.CHANGE(await json_object(request), "")
        if body.get("session") is not None:
            await _change_live(desk, known, body["session"])
        if known.prepared is not None:
            await desk.store.keep(_changed(desk, known.prepared, body))
        return _json(desk.details(await desk.both(session_id, credential_of(request))))

    @router.delete("/v1/realtime/sessions/{session_id}")
    async def end_session(request: Request, session_id: str) -> Response:
        """Revoke the key, and end the sessions that it opened."""
        known = await desk.both(session_id, _owner(request))
        await desk.store.forget(session_id)
        for entry in await desk.store.live(None):
            if session_id in (entry.id, entry.prepared_id):
                await _end(desk, entry)
        return _json({"id": known.session_id, "object": f"{RECORD}.deleted", "deleted": True})


def _changed(desk: Desk, prepared: PreparedSession, body: Mapping[str, Any]) -> PreparedSession:
    """Raises ClientError for a session request that cannot be."""
    if body.get("session") is not None:
        draft = desk.preparing.changed(prepared, body["session"])
        settings, voice = draft.encoded(), draft.chosen_voice
        prepared = msgspec.structs.replace(prepared, settings=settings, chosen_voice=voice)
    more = {key: body[key] for key in ("name", "metadata") if body.get(key) is not None}
    return msgspec.structs.replace(prepared, **more)


async def _change_live(desk: Desk, known: Both, request: Any) -> None:
    """Raises ClientError before anything changes."""
    if known.prepared is not None:
        desk.preparing.changed(known.prepared, request)
    if known.entry is None:
        return
    checked = desk.preparing.checked(request, kind=known.entry.kind)
    live = desk.find(known.session_id)
    if live is None:
        await desk.store.order(known.session_id, msgspec.json.encode({"update": checked}))
        return
    live.check(checked)
    live.update(checked)


async def _end(desk: Desk, entry: LiveEntry) -> None:
    live = desk.find(entry.id)
    if live is not None:
        live.end(ENDED)
    else:
        await desk.store.order(entry.id, msgspec.json.encode({"end": ENDED}))


def _json(body: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(body), media_type="application/json")
