"""Frames between processes: a forged length, a slow or silent side, descriptors."""

from __future__ import annotations

import os
import socket
import threading
import time

import pytest
from invigilator.codec import dumps
from invigilator.limits import Limits
from invigilator.link import Link, checked_outputs
from invigilator.protocol import (
    HEADER,
    ClosedError,
    Inbox,
    LateError,
    ProtocolError,
    send,
    send_json,
)
from invigilator.stubs import Known, Opaque


@pytest.fixture
def pair():
    one, other = socket.socketpair()
    with one, other:
        yield one, other


def test_a_frame_arrives_whole(pair):
    body = os.urandom(3_000_000)
    thread = threading.Thread(target=send, args=(pair[0], body))
    thread.start()
    assert Inbox(pair[1], limit=4_000_000).receive() == body
    thread.join()


def test_a_forged_length_is_refused_before_its_body_is_read(pair):
    pair[0].sendall(HEADER.pack(0xFFFFFFFF))
    with pytest.raises(ProtocolError, match="4294967295"):
        Inbox(pair[1], limit=1000).receive()


def test_a_side_that_closes_is_noticed(pair):
    pair[0].sendall(HEADER.pack(10) + b"half")
    pair[0].close()
    with pytest.raises(ClosedError):
        Inbox(pair[1], limit=1000).receive()


def test_a_side_that_sends_a_byte_now_and_then_does_not_get_more_time(pair):
    stop = threading.Event()

    def drip():
        pair[0].sendall(HEADER.pack(100))
        while not stop.wait(0.02):
            pair[0].sendall(b".")

    thread = threading.Thread(target=drip)
    thread.start()
    started = time.monotonic()
    with pytest.raises(LateError):
        Inbox(pair[1], limit=1000).receive(started + 0.3)
    assert time.monotonic() - started < 1
    stop.set()
    thread.join()


def test_a_side_that_does_not_read_is_given_up(pair):
    started = time.monotonic()
    with pytest.raises(LateError):
        send(pair[0], b"x" * 50_000_000, deadline=started + 0.3)
    assert time.monotonic() - started < 2


def test_an_answer_out_of_turn_is_against_the_rules(pair):
    send(pair[0], b"answer")
    send(pair[0], b"one more")
    with pytest.raises(ProtocolError, match="turn"):
        Inbox(pair[1], limit=1000, in_turn=True).receive()
    send(pair[0], b"a")
    assert Inbox(pair[1], limit=1000).receive() == b"a"


def test_json_with_descriptors(pair):
    inner, outer = socket.socketpair()
    with inner, outer:
        send_json(pair[0], {"do": "spawn"}, [inner.fileno()])
        inbox = Inbox(pair[1], limit=1000, fds=2)
        message, descriptors = inbox.receive_json(), inbox.take_descriptors()
        assert message == {"do": "spawn"} and len(descriptors) == 1
        os.write(descriptors[0], b"through")
        assert outer.recv(10) == b"through"
        os.close(descriptors[0])


@pytest.mark.parametrize("body", [b"[" * 100_000, b"{", b"\xff\xfe", b""])
def test_a_frame_that_is_no_json_is_a_protocol_error(pair, body):
    send(pair[0], body)
    with pytest.raises(ProtocolError):
        Inbox(pair[1], limit=1 << 20).receive_json()


# what the examiner makes of a candidate that answers as it likes


def answered(reply: bytes, ask):
    """The examiner asks, and gets `reply` for an answer."""
    one, other = socket.socketpair()
    with one, other:
        link = Link(one, Limits(grace_seconds=0.1), Known({}, []))
        send(other, reply)
        return ask(link)


NONSENSE = [
    b"", b"\x00", dumps(None), dumps(("ran",)), dumps(("values", [])), dumps(["values", {}]),
    dumps(("values", {}, 1)), dumps((1, 2, 3)), dumps(("ran", 1, 1, [], "", b"")),
    dumps(("ran", True, 1, {}, "", b"")), dumps(("returned", b"", "", [])),
]  # fmt: skip


@pytest.mark.parametrize("reply", NONSENSE, ids=range(len(NONSENSE)))
def test_a_nonsense_answer_ends_the_candidate_not_the_examiner(reply):
    def ask(link):
        with pytest.raises(Exception, match="nonsense") as caught:
            link.run("1", 0.1)
        return caught.value.status

    assert answered(reply, ask) == "died"


def test_a_value_that_cannot_be_read_is_opaque_and_raises_on_use():
    def ask(link):
        return link.values(["x"])["x"]

    for forged in (b"", b"l\xff\xff\xff\xff", b"xx", 5, None, dumps([1])[:-1]):
        value = answered(dumps(("values", {"x": forged})), ask)
        assert type(value) is Opaque
        for use in (lambda v: v == 5, lambda v: v != 5, bool, len, iter, lambda v: v.total,
                    lambda v: v[0], lambda v: v + 1, hash, lambda v: v in [1], float,
                    lambda v: v()):  # fmt: skip
            with pytest.raises(TypeError):
                use(value)
        assert not callable(value) and not isinstance(value, int | str | list)


def test_names_that_were_not_asked_for_are_not_taken():
    values = answered(
        dumps(("values", {"x": dumps(1), "expect": dumps(2)})), lambda link: link.values(["x"])
    )
    assert values == {"x": 1}


def test_outputs_are_rebuilt_key_by_key():
    forged = [
        {"output_type": "stream", "name": "stdout", "text": "ok", "extra": 1},
        {"output_type": "stream", "name": "passwd", "text": "no"},
        {"output_type": "error", "ename": 5, "evalue": ["x"], "traceback": "t"},
        {"output_type": "display_data", "data": {"text/plain": "\ud800", 5: "x"}, "metadata": []},
        {"output_type": "execute_result", "data": {"application/json": {"a": [float("nan")]}}},
        {"output_type": "update"}, "text", None,
    ]  # fmt: skip
    assert checked_outputs(forged, 3) == [
        {"output_type": "stream", "name": "stdout", "text": "ok"},
        {"output_type": "error", "ename": "", "evalue": "", "traceback": []},
        {"output_type": "display_data", "data": {"text/plain": "?"}, "metadata": {}},
        {"output_type": "execute_result", "execution_count": 3, "metadata": {},
         "data": {"application/json": {"a": [None]}}},
    ]  # fmt: skip
