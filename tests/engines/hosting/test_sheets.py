"""Captured lines made in C: the same bytes as Python's."""

from __future__ import annotations

import ctypes
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ormer.engines.hosting import capture_lines, compiled, sheets
from ormer.engines.hosting.capture_lines import Run
from ormer.engines.hosting.routes import Capture, Route
from ormer.engines.hosting.sheets import Sheet

ROUTE = Route("arn:x:y:z:1:endpoint/one", "1", "z", "one", "config", ())
IDENTIFIER = re.compile(rb'"eventId":"([0-9a-f-]{36})"')
TEXTS = st.one_of(
    st.text(max_size=30).map(str.encode),
    st.text(alphabet='\x00\x01\x04\x08\t\n\x0b\x0c\r\x1e\x1f "\\/\x7f\u2028\U0001f40c1,', max_size=12).map(str.encode),
    st.binary(max_size=6),
)


def run_of(parts: list[bytes], named: bool = False, inputs: bool = True, outputs: bool = True) -> Run:
    capture = Capture("s3://b/k", 100, inputs, outputs, frozenset({"text/csv"}), frozenset({"application/json"}))
    return Run(ROUTE, "v", capture, ("text/csv", "application/json", named), 10.5, 11, parts)


def alike(lines: bytes) -> bytes:
    return IDENTIFIER.sub(b"", lines)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5), st.booleans(), st.booleans(), st.booleans())
def test_c_writes_what_python_writes(pairs, named, inputs, outputs):
    members = [b',"inferenceId":"%d"' % number for number in range(len(pairs))]
    parts = [part for pair, member in zip(pairs, members, strict=True) for part in (*pair, *[member] * named)]
    run = run_of(parts, named, inputs, outputs)
    written = Sheet(1 << 16, sheets.compiled_write()).write([run])
    assert written is not None and alike(bytes(written)) == alike(capture_lines.lines_of(run))


def test_text_is_written_by_c_and_what_is_none_by_python():
    calls = []

    def counted(*given: object) -> int:
        calls.append(given)
        return write(*given)

    write = sheets.compiled_write()
    assert write is not None, "the line writer was not compiled"
    sheet = Sheet(1 << 16, counted)
    sheet.write([run_of(["é".encode(), b"{}"])])
    assert len(calls) == 1
    sheet.write([run_of([b"\xff", b"{}"])])
    assert len(calls) == 1


def test_identifiers_differ_in_runs_of_any_length():
    run = run_of([b"1", b"2"] * 700)
    lines = bytes(Sheet(1 << 20, sheets.compiled_write()).write([run]))
    assert len(lines.splitlines()) == len(set(IDENTIFIER.findall(lines))) == 700


@pytest.mark.parametrize("write", [None, sheets.compiled_write()])
def test_what_finds_no_room_leaves_the_sheet_as_it_was(write):
    sheet = Sheet(1000, write)
    first = sheet.write([run_of([b"1", b"2"])])
    kept = bytes(first)
    assert sheet.write([run_of([b"3", b"4"]), run_of([b"5", b"6"] * 3)]) is None
    assert len(sheet) == len(kept) and bytes(first) == kept
    again = sheet.write([run_of([b"3", b"4"])])
    assert again is not None and bytes(sheet.lines(0, len(sheet))) == kept + bytes(again)
    sheet.clear()
    assert len(sheet) == 0


def test_without_the_compiled_writer_lines_are_made_all_the_same(monkeypatch, tmp_path):
    monkeypatch.setattr(sheets, "SOURCE", tmp_path / "line_writer.c")
    assert sheets.compiled_write.__wrapped__() is None
    run = run_of([b"1,2\n", b"3"])
    assert alike(bytes(Sheet(1 << 16, None).write([run]))) == alike(capture_lines.lines_of(run))


def test_a_library_of_another_source_or_none_is_told(tmp_path):
    source = tmp_path / "line_writer.c"
    source.write_text(sheets.SOURCE.read_text() + "/* changed */\n")
    with pytest.raises(compiled.NotCompiled, match="no compiled line_writer"):
        compiled.load(source, ctypes.PyDLL)
    source.with_suffix(".so").write_bytes(sheets.SOURCE.with_suffix(".so").read_bytes())
    with pytest.raises(compiled.NotCompiled, match="built from another source"):
        compiled.load(source, ctypes.PyDLL)
    (tmp_path / "other.so").write_text("no library")
    with pytest.raises(compiled.NotCompiled, match="the compiled other does not load"):
        compiled.load(tmp_path / "other.c", ctypes.PyDLL)
