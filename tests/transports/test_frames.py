"""The cutter against a full parser: whatever a client sends in whatever pieces, the same messages come out."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol

from ovos_voice_agent.transports.frames import LARGEST_USUAL, Cutter, Piece


def sent(opcode: Opcode, data: bytes, *, fin: bool = True, mask: bool = True) -> bytes:
    return Frame(opcode, data, fin=fin).serialize(mask=mask)


def cut(packets: Iterable[bytes]) -> list[Piece]:
    cutter = Cutter()
    return [piece for packet in packets for piece in cutter.cut(packet)]


def seen(packets: Iterable[bytes]) -> list[tuple[Opcode, bytes]]:
    """The frames that come out, usual ones from the cutter, all others from the parser behind it."""
    parser, frames = ServerProtocol(), []
    parser.state = parser.state.OPEN
    parser.parser = parser.parse()  # past the handshake
    next(parser.parser)
    for usual, data in cut(packets):
        if usual:
            frames.append((Opcode.TEXT, data))
            continue
        parser.receive_data(data)
        frames += [(event.opcode, bytes(event.data)) for event in parser.events_received() if isinstance(event, Frame)]
    return frames


def in_pieces(stream: bytes, sizes: list[int]) -> list[bytes]:
    packets, at = [], 0
    for size in itertools.cycle(sizes):
        if at >= len(stream):
            return packets
        packets.append(stream[at : at + size])
        at += size
    return packets


texts = st.tuples(st.just(Opcode.TEXT), st.binary(max_size=300))
pings = st.tuples(st.sampled_from([Opcode.PING, Opcode.PONG]), st.binary(max_size=125))
binaries = st.tuples(st.just(Opcode.BINARY), st.binary(max_size=300))


@given(st.lists(texts | pings | binaries, max_size=8), st.lists(st.integers(1, 400), min_size=1, max_size=5))
def test_the_same_frames_come_out_however_they_are_cut(frames: list[tuple[Opcode, bytes]], sizes: list[int]) -> None:
    stream = b"".join(sent(opcode, data) for opcode, data in frames)
    assert seen(in_pieces(stream, sizes)) == frames


@given(st.lists(st.integers(1, 40), min_size=1, max_size=5))
def test_fragments_and_what_is_between_them_are_left_to_the_parser(sizes: list[int]) -> None:
    frames = [
        sent(Opcode.TEXT, b"first", fin=False),
        sent(Opcode.PING, b"?"),
        sent(Opcode.CONT, b"last"),
        sent(Opcode.TEXT, b"whole"),
    ]
    pieces = cut(in_pieces(b"".join(frames), sizes))
    assert b"".join(data for usual, data in pieces if not usual) == b"".join(frames[:3])
    assert [data for usual, data in pieces if usual] == [b"whole"]


@pytest.mark.parametrize(("size", "usual"), [(0, True), (125, True), (126, True), (65_535, True), (65_536, False)])
def test_only_large_frames_are_left_to_the_parser(size: int, usual: bool) -> None:
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    assert size <= LARGEST_USUAL or not usual
    assert seen([sent(Opcode.TEXT, data)]) == [(Opcode.TEXT, data)]
    assert cut([sent(Opcode.TEXT, data)])[0].usual is usual


@pytest.mark.parametrize(
    "mistake",
    [
        sent(Opcode.TEXT, b"not masked", mask=False),
        b"\xc1\x80mask",  # a reserved bit
        b"\x83\x80mask",  # an opcode that does not exist
        b"\x80\x80mask",  # a continuation of nothing
        sent(Opcode.TEXT, b"a", fin=False) + sent(Opcode.TEXT, b"b"),  # a message inside of another
        b"\x89\xfe\x00\xff" + bytes(259),  # a ping that is too large
        b"\x81\xff" + b"\xff" * 12,  # larger than anything
    ],
)
def test_mistakes_reach_the_parser_as_they_came(mistake: bytes) -> None:
    pieces = cut([mistake])
    assert b"".join(data for _, data in pieces) == mistake
    assert not any(usual for usual, _ in pieces)


def test_a_frame_that_is_not_whole_waits_and_nothing_more_is_kept() -> None:
    cutter, frame = Cutter(), sent(Opcode.TEXT, b"x" * 1000)
    assert [piece for byte in frame[:-1] for piece in cutter.cut(bytes([byte]))] == []
    assert list(cutter.cut(frame[-1:] + frame[:3])) == [(True, b"x" * 1000)]


@pytest.mark.parametrize("size", [126, 3000, LARGEST_USUAL])
def test_one_usual_frame_alone_is_told_at_once(size: int) -> None:
    data = b"x" * size
    assert Cutter().one(sent(Opcode.TEXT, data)) == data


USUAL = sent(Opcode.TEXT, b"x" * 300)


@pytest.mark.parametrize(
    "packet",
    [
        sent(Opcode.TEXT, b"x" * 125),
        sent(Opcode.TEXT, b"x" * (LARGEST_USUAL + 1)),
        sent(Opcode.TEXT, b"x" * 300, mask=False),
        sent(Opcode.BINARY, b"x" * 300),
        USUAL + b"\x81",
        USUAL[:-1],
        b"",
    ],
)
def test_what_is_not_one_usual_frame_alone_is_left_to_be_cut(packet: bytes) -> None:
    assert Cutter().one(packet) is None


@pytest.mark.parametrize(
    "packet", [USUAL[:-1], sent(Opcode.TEXT, b"x" * 300, fin=False), sent(Opcode.BINARY, b"x" * 300)[:9]]
)
def test_while_something_is_open_no_frame_is_alone(packet: bytes) -> None:
    cutter = Cutter()
    list(cutter.cut(packet))
    assert cutter.one(USUAL) is None
