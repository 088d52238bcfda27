"""The pen: lines written by C as they come, the same as those that are gathered, none lost and none twice."""

from __future__ import annotations

import json
import random
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.hosting.test_sheets import TEXTS, alike

from ormer.aws.clock import WallClock
from ormer.engines.hosting import capture_lines, pens
from ormer.engines.hosting.capture_lines import Run
from ormer.engines.hosting.exchanges import Asked
from ormer.engines.hosting.gathering import Gathering, Piece
from ormer.engines.hosting.pens import Pen
from ormer.engines.hosting.routes import Capture, Route
from ormer.engines.hosting.sheets import Sheet

CAPTURE = Capture("s3://b/k", 100, True, True, frozenset({"text/csv"}), frozenset({"application/json"}))
ROUTE = Route("arn:x:y:z:1:endpoint/one", "1", "z", "one", "config", (), capture=CAPTURE)
OTHER = Route("arn:x:y:z:1:endpoint/two", "1", "z", "two", "config", (), capture=CAPTURE)
VARIANT = "v"
TYPES = ("text/csv", "application/json")
FAR = 1 << 40


def run_of(since: float = 0.0, until: int = FAR, types: tuple[str, str] = TYPES, named: bool = False) -> Run:
    return Run(ROUTE, VARIANT, CAPTURE, (*types, named), since, until, [])


def down(run: Run, room: int = 1 << 20) -> tuple[Pen, Sheet]:
    pen, sheet = Pen(), Sheet(room, None)
    pen.put(run, sheet)
    return pen, sheet


def a_run_of_now() -> Run:
    now = time.time()
    return run_of(now - 60.0, int(now) + 3600)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5))
def test_the_pen_writes_what_python_writes(pairs):
    run = a_run_of_now()
    pen, _ = down(run)
    written = [pair for pair in pairs if pen.write(ROUTE, VARIANT, Asked(pair[0], TYPES[0]), TYPES[1], pair[1])]
    lines, count = pen.lift()
    assert count == len(written)
    run.parts = [part for pair in written for part in pair]
    assert alike(bytes(lines)) == alike(capture_lines.lines_of(run))
    for pair in pairs:
        text = all(each.decode(errors="replace").encode() == each for each in pair)
        assert (pair in written) == text


@pytest.mark.parametrize(
    "given_",
    [
        (OTHER, VARIANT, Asked(b"1", TYPES[0]), TYPES[1], b"2"),
        (ROUTE, "w", Asked(b"1", TYPES[0]), TYPES[1], b"2"),
        (ROUTE, VARIANT, Asked(b"1", "text/plain"), TYPES[1], b"2"),
        (ROUTE, VARIANT, Asked(b"1", TYPES[0]), "text/csv", b"2"),
        (ROUTE, VARIANT, Asked(b"1", TYPES[0], inference_id="mine"), TYPES[1], b"2"),
        (ROUTE, VARIANT, Asked(b"1", TYPES[0], custom_attributes="mine"), TYPES[1], b"2"),
        (ROUTE, VARIANT, Asked(b"1" * 20_000, TYPES[0]), TYPES[1], b"2"),
        (ROUTE, VARIANT, Asked(b"\xff", TYPES[0]), TYPES[1], b"2"),
        (ROUTE, VARIANT, Asked(b"1", TYPES[0]), TYPES[1], "no bytes"),
        (ROUTE, VARIANT, None, TYPES[1], b"2"),
        (ROUTE, VARIANT, Asked(b"1", TYPES[0]), None, b"2"),
        (ROUTE, VARIANT),
    ],
)
def test_what_is_not_like_the_others_is_left_to_whoever_asked(given_):
    pen, _ = down(a_run_of_now())
    assert pen.write(ROUTE, VARIANT, Asked(b"1", "".join(["text", "/csv"])), TYPES[1], b"2")
    assert not pen.write(*given_)
    assert len(pen) == 1


@pytest.mark.parametrize(("since", "until"), [(FAR, FAR + 1), (0.0, 1)])
def test_nothing_is_written_for_another_second(since, until):
    pen, _ = down(run_of(since, until))
    assert not pen.write(ROUTE, VARIANT, Asked(b"1", TYPES[0]), TYPES[1], b"2") and len(pen) == 0


def test_a_line_is_written_where_there_is_room_for_the_longest_that_it_may_be():
    pen, sheet = down(a_run_of_now(), room=2000)
    asked = Asked(b"\x01" * 50, TYPES[0])
    while pen.write(ROUTE, VARIANT, asked, TYPES[1], b"2"):
        pass
    lines, count = pen.lift()
    assert count >= 2 and len(sheet) == len(lines) <= 2000
    assert [json.loads(line)["captureData"]["endpointInput"]["data"] for line in bytes(lines).splitlines()] == [
        "\x01" * 50
    ] * count


def test_one_beginning_is_good_for_256_lines_and_a_lifted_pen_for_none():
    pen, _ = down(a_run_of_now())
    asked = Asked(b"1", TYPES[0])
    assert sum(pen.write(ROUTE, VARIANT, asked, TYPES[1], b"2") for _ in range(300)) == 256
    lines, _ = pen.lift()
    assert len({json.loads(line)["eventMetadata"]["eventId"] for line in bytes(lines).splitlines()}) == 256
    assert not pen.write(ROUTE, VARIANT, asked, TYPES[1], b"2")


@pytest.mark.parametrize("run", [run_of(types=("image/png", "text/csv")), run_of(named=True)])
def test_the_pen_is_not_put_down_for_what_it_cannot_write(run):
    pen, _ = down(run)
    assert pen.run is None and len(pen) == 0


def test_without_the_compiled_library_the_pen_never_writes(monkeypatch):
    monkeypatch.setattr(pens, "_library", lambda: None)
    pen, _ = down(a_run_of_now())
    assert pen.run is None and not pen.write(ROUTE, VARIANT, Asked(b"1", TYPES[0]), TYPES[1], b"2")


class Capturing:
    """A gathering with the loop's side and the thread's side of it."""

    def __init__(self) -> None:
        self.gathering = Gathering(WallClock(), random.random, 64 << 20, self._lost)
        self.lines: list[dict] = []
        self.by_pen = 0

    def _lost(self, route: Route, variant: str) -> None:
        raise AssertionError("nothing may be lost")

    def offer(self, number: int, route: Route = ROUTE, name: str = "", answer: bytes = b"2") -> None:
        asked = Asked(b"%d" % number, TYPES[0], inference_id=name)
        if self.gathering.write(route, VARIANT, asked, TYPES[1], answer):
            self.by_pen += 1
        else:
            self.gathering.add(route, VARIANT, asked, TYPES[1], answer)

    def take(self) -> list[Piece]:
        pieces = self.gathering.take()
        for piece in pieces:
            found = [json.loads(line) for line in bytes(piece.lines).splitlines()]
            assert len(found) == piece.records
            self.lines += [line | {"of": piece.group[0]} for line in found]
        return pieces

    def numbers(self, route: Route = ROUTE) -> list[int]:
        own = [line for line in self.lines if line["of"] == route.arn]
        return [int(line["captureData"]["endpointInput"]["data"]) for line in own]


def test_the_pen_takes_over_when_many_in_a_row_are_alike_and_goes_on_after_each_taking():
    capturing = Capturing()
    for number in range(3000):
        capturing.offer(number)
        if number % 700 == 699:
            assert len(capturing.gathering) > 0
            capturing.take()
    assert capturing.by_pen > 2500
    assert len(capturing.take()) == 1, "what lies side by side is one piece"
    assert capturing.numbers() == list(range(3000)) and len(capturing.gathering) == 0
    assert len({line["eventMetadata"]["eventId"] for line in capturing.lines}) == 3000


def test_what_the_pen_cannot_write_stands_between_its_lines_where_it_came():
    capturing = Capturing()
    for number in range(4000):
        capturing.offer(number, name="mine" if number % 500 == 499 else "", answer=b"\xff" if number == 1200 else b"2")
        capturing.offer(number, OTHER) if 2000 <= number < 2300 else None
    capturing.take()
    assert capturing.by_pen > 1000
    assert capturing.numbers() == list(range(4000)) and capturing.numbers(OTHER) == list(range(2000, 2300))
    own = [line for line in capturing.lines if line["of"] == ROUTE.arn]
    named = [number for number, line in enumerate(own) if "inferenceId" in line["eventMetadata"]]
    assert named == list(range(499, 4000, 500))
    assert own[1200]["captureData"]["endpointOutput"]["encoding"] == "BASE64"


def test_a_full_sheet_is_no_loss(monkeypatch):
    monkeypatch.setattr("ormer.engines.hosting.gathering.SHEET_BYTES", 200_000)
    capturing = Capturing()
    for number in range(3000):
        capturing.offer(number)
    capturing.take()
    assert 0 < capturing.by_pen < 3000 and capturing.numbers() == list(range(3000))


def test_a_thread_takes_while_the_loop_adds_and_every_line_is_there_once():
    capturing = Capturing()
    ended = threading.Event()

    def take() -> None:
        while not ended.is_set():
            capturing.take()
            time.sleep(0.0005)

    thread = threading.Thread(target=take)
    thread.start()
    for number in range(40_000):
        capturing.offer(number, OTHER if number % 1000 == 0 else ROUTE)
    ended.set()
    thread.join()
    capturing.take()
    assert capturing.by_pen > 1000
    assert capturing.numbers(OTHER) == list(range(0, 40_000, 1000))
    assert capturing.numbers() == [number for number in range(40_000) if number % 1000]
