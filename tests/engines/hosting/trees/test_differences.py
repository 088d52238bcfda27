"""Server and evaluator side by side: whatever the body, the evaluator says the server's very bytes or nothing."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

COLUMNS = 3
SERVERS = {
    "1.0-1": ("legacy", {"pickled": True}),
    "1.7-1 softprob": ("legacy", {"objective": "multi:softprob", "num_class": 3, "labels": "class3"}),
    "1.0-1 softprob": ("legacy", {"objective": "multi:softprob", "num_class": 3, "labels": "class3", "pickled": True}),
    "3.0-5": ("modern", {"objective": "binary:logistic", "labels": "class2"}),
    "3.0-5 softmax": ("modern", {"objective": "multi:softmax", "num_class": 3, "labels": "class3"}),
}
TYPES = ["text/csv", "text/csv; charset=utf-8", "TEXT/CSV", "csv", "text/csv;label_size=1", "text/csv; label_size=2"]
LIBSVM_TYPES = ["text/libsvm", "text/x-libsvm", "text/x-libsvm; charset=utf-8", ""]
OTHER_TYPES = ["application/json", "text/plain", "text/csv,text/csv", "libsvm; x", "application/x-recordio-protobuf"]
ACCEPTS = ["", "*/*", "text/csv", "application/json", "application/jsonlines", "TEXT/csv; q=1", "application/json;x"]
OTHER_ACCEPTS = ["image/png", "application/x-recordio-protobuf", "text/csv, application/json", "text/*"]
ODD_BODIES = [
    *(b"\n", b" ", b"\xff\xfe", b"\x00", b"\x1c", b",", b",,", b"1,2,3\x00", b"0 99999999999999999999:1", b"0 -1:2"),
    *(
        b"1,2," + b"9" * 5000,
        b"0 1:" + b"9" * 5000,
        b"0 " + b"9" * 5000 + b":1",
        b"a,b,c\n1,2,3",
        b"0 1:1 1:1",
        b"0 0:nan 0:1",
    ),
]
ODD_CELLS = [
    *("", " ", "\t", "+1", "-1", "1e5", "1E-3", "-2.5e+1", ".5", "5.", "-.5", ".", "e5", "1e", "+", "-", "0x10", "1_0"),
    *("nan", "NaN", "-nan", "inf", "-Infinity", "1e39", "3.4028236e38", "3.4028235e38", "1e-45", "1e-400", "1e400"),
    *("0", "-0", "0.0", "-0.0", "00012", "1 2", " 1.5", "2 ", "\t3", '"1"', "'1'", "abc", "True", "٣", "１", "½", "é"),
    *("16777217", "0.1", "0.30000000000000004", "2.2250738585072014e-308", "123456789012345678901234567890", "1\x0b"),
    *("1.00000005960464477539062499999", "1.00000005960464477539062500001", "1.000000059604644775390625"),
    *("9007199254740993", "9223372036854775807", "18446744073709551616", "1" + "0" * 30, "0." + "0" * 30 + "1"),
]
numbers = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True).map(repr),
    st.floats(width=32, allow_nan=False, allow_infinity=False).map(repr),
    st.floats(-10, 10).map(lambda x: f"{x:.4f}"),
    st.integers(-1000, 1000).map(str),
)
cells = st.one_of(numbers, numbers, st.sampled_from(ODD_CELLS))
line_ends = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r\n", "\r", "\n\n", "\x0b", "\x85", "\u2028", " \n", "\n "])


@st.composite
def csv_bodies(draw: st.DrawFn) -> bytes:
    """Mostly tables of plain numbers with one odd thing or two."""
    plain = draw(st.booleans())
    delimiter = "," if plain else draw(st.sampled_from([",", ",", ",", ";", "\t", " ", "|", ", "]))
    widths = st.just(COLUMNS) if plain else st.sampled_from([COLUMNS] * 6 + [1, 2, COLUMNS + 1, COLUMNS + 2])
    rows = draw(st.lists(widths, min_size=1, max_size=70 if plain else 5))
    lines = [delimiter.join(draw(numbers if plain else cells) for _ in range(width)) for width in rows]
    end = "\n" if plain else draw(line_ends)
    text = end.join(lines) + draw(st.sampled_from(["", "\n", "\r\n", ",", " ", "\n\n", ",\n"]))
    if not plain and draw(st.integers(0, 9)) == 0:
        text = draw(st.sampled_from(["\ufeff", " ", "\n", "\x00", "#", ","])) + text
    return text.encode()


@st.composite
def libsvm_bodies(draw: st.DrawFn) -> bytes:
    columns = st.sampled_from(["0", "1", "2", "2", "3", "4", "01", "-1", "+1", "1_0", "a", "", "qid", "99999999999"])
    pairs = st.builds(lambda c, v, odd: f"{c}{odd}{v}", columns, cells, st.sampled_from([":"] * 8 + ["", "::"]))
    plain = st.builds(lambda c, v: f"{c}:{v}", st.sampled_from("012"), numbers)
    word = plain if draw(st.booleans()) else pairs
    lines = []
    for _ in range(draw(st.integers(1, 5))):
        label = draw(st.sampled_from(["0", "1.5", "-1", "0:1", "", "abc", "#"] if word is pairs else ["0", "1.5"]))
        lines.append(" ".join([label, *draw(st.lists(word, max_size=4, unique_by=lambda text: text.split(":")[0]))]))
    return (draw(st.sampled_from(["\n", "\r\n", "\n\n"])).join(lines) + draw(st.sampled_from(["", "\n"]))).encode()


@pytest.fixture(scope="module", params=SERVERS)
def both(request, runtimes, pair, tmp_path_factory):
    runtime, model = SERVERS[request.param]
    root = tmp_path_factory.mktemp("root")
    runtimes(runtime).train([{"path": root / "model" / "xgboost-model", "columns": COLUMNS, **model}])
    return pair(runtimes(runtime), root, ORMER_IMAGE_TAG=request.param.split()[0])


def agree(both, body: bytes, content_type: str, accept: str) -> bool:
    """Whether the evaluator answered; it must not answer differently. No body is the server's own failure."""
    evaluated, served = both.evaluated(body, content_type, accept), both.served(body, content_type, accept)
    assert evaluated in (None, served)
    assert served[0] < 500
    return evaluated is not None


FUZZ = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@FUZZ
@given(csv_bodies(), st.sampled_from(TYPES), st.sampled_from(ACCEPTS))
def test_a_csv_body_is_answered_as_the_server_does_or_left_to_it(both, body, content_type, accept):
    agree(both, body, content_type, accept)


@FUZZ
@given(libsvm_bodies(), st.sampled_from(LIBSVM_TYPES), st.sampled_from(ACCEPTS))
def test_a_libsvm_body_is_answered_as_the_server_does_or_left_to_it(both, body, content_type, accept):
    agree(both, body, content_type, accept)


@settings(FUZZ, max_examples=60)
@given(
    st.one_of(csv_bodies(), libsvm_bodies(), st.binary(max_size=40)),
    st.sampled_from(TYPES + LIBSVM_TYPES + OTHER_TYPES),
    st.sampled_from(ACCEPTS + OTHER_ACCEPTS),
)
def test_any_body_under_any_types_is_answered_as_the_server_does_or_left_to_it(both, body, content_type, accept):
    agree(both, body, content_type, accept)


@pytest.mark.parametrize("content_type", ["text/csv", "text/libsvm"])
@pytest.mark.parametrize("body", ODD_BODIES)
def test_odd_bodies_are_never_the_servers_own_failure(both, body, content_type):
    agree(both, body, content_type, "")


@pytest.mark.parametrize("accept", ACCEPTS)
def test_plain_bodies_are_answered_without_the_server(both, accept):
    """What clients send all day: it is not enough never to be wrong."""
    for body in (
        b"1,2,3",
        b"1.5,-2,0.25\n",
        b"0.1234567890123456789,1e-3,+4\r\n,,\r\n1, 2 ,nan\r\n",
        b"\n".join(b"%d,%r,-0.0" % (row, row / 7) for row in range(200)),
    ):
        assert agree(both, body, "text/csv", accept), body
    assert agree(both, b"0 0:1 2:0.5\n1 1:3\n0\n", "text/libsvm", accept)
    assert agree(both, b"", "text/csv", accept)
