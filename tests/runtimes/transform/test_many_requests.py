"""Many requests: side by side, however they are cut, and in little memory."""

from __future__ import annotations

import itertools
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

MEGABYTE = 1024**2
# The interpreter with the driver's modules takes 20 MB; two payloads of 6 MB with their answers come on top.
DRIVER_MEGABYTES_MAX = 64


class Model(BaseHTTPRequestHandler):
    """A model without a framework: `answer` makes an answer of a body, or raises ValueError for now."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200 if self.path == "/ping" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self):
        chunked = self.headers.get("Transfer-Encoding") == "chunked"
        body = b"".join(self.chunks()) if chunked else self.rfile.read(int(self.headers["Content-Length"]))
        try:
            status, answer = 200, self.server.answer(body)
        except ValueError as error:
            status, answer = 503, str(error).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def chunks(self):
        while length := int(self.rfile.readline(), 16):
            yield self.rfile.read(length)
            self.rfile.readline()
        self.rfile.readline()

    def log_message(self, *words):
        pass


@pytest.fixture
def model():
    """`model(answer)` serves a function of bodies; returns the address."""
    started = []

    def serve(answer):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
        server.answer = answer
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        started.append((server, thread))
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield serve
    for server, thread in started:
        server.shutdown()
        thread.join()
        server.server_close()


def test_requests_of_several_objects_run_side_by_side(transform, model):
    both = threading.Barrier(2)

    def meet(body):
        both.wait(60)
        return body

    request = {"TransformInput": {"ContentType": "text/csv"}, "TransformOutput": {}, "MaxConcurrentTransforms": 2}
    ran, files = transform(request, {"a": b"first", "b": b"second"}, model(meet))
    assert ran.exit_code == 0, ran.output
    assert files == {"a.out": b"first", "b.out": b"second"}


def test_a_failure_that_may_pass_is_tried_again(transform, model):
    said = iter([ValueError("busy"), ValueError("busy"), b"5\n"])

    def answer(body):
        word = next(said)
        if isinstance(word, ValueError):
            raise word
        return word

    ran, files = transform({"TransformInput": {}, "TransformOutput": {}}, {"a": b"1"}, model(answer))
    assert (ran.exit_code, files) == (0, {"a.out": b"5\n"}), ran.output
    assert ran.output.count("[sagemaker logs]: a: AlgorithmError: 503") == 2


def test_an_answer_that_does_not_come_in_time_fails_the_object(transform, model):
    over = threading.Event()
    client = {"InvocationsTimeoutInSeconds": 1, "InvocationsMaxRetries": 0}
    request = {"TransformInput": {}, "TransformOutput": {}, "ModelClientConfig": client}
    ran, _ = transform(request, {"a": b"1"}, model(lambda body: over.wait(60) and body))
    over.set()
    expected = "AlgorithmError: a: the model did not answer within 1 seconds (InvocationsTimeoutInSeconds)"
    assert ran.failure == expected


def test_chunks_go_through_all_containers_of_a_pipeline(transform, model):
    first, second = model(lambda body: body.upper()), model(lambda body: body[::-1])
    request = {"TransformInput": {}, "TransformOutput": {}, "MaxPayloadInMB": 0}
    ran, files = transform(request, {"a": b"abc" * 100_000}, first, second)
    assert ran.exit_code == 0, ran.output
    assert files == {"a.out": b"CBA" * 100_000}


def test_outputs_do_not_depend_on_how_records_are_packed_and_sent(transform):
    """A model of rows answers the same for every BatchStrategy, payload and number of requests at a time."""
    objects = {
        "many.csv": b"".join(b"%d,%d,0.5\n" % (number, -number) for number in range(800)),
        "wide.csv": b"".join(b",".join([b"%d" % number] * 100_000) + b"\n" for number in range(8)),
        "one.csv": b"1,2,3",
        "none.csv": b"",
    }
    strategies, payloads, counts = ("SingleRecord", "MultiRecord"), (1, 0), (1, 4)
    found = []
    for strategy, payload, count in itertools.product(strategies, payloads, counts):
        request = {
            "TransformInput": {"ContentType": "text/csv", "SplitType": "Line"},
            "TransformOutput": {"Accept": "text/csv", "AssembleWith": "Line"},
            "DataProcessing": {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
            "BatchStrategy": strategy,
            "MaxPayloadInMB": payload,
            "MaxConcurrentTransforms": count,
        }
        ran, files = transform(request, objects)
        assert ran.exit_code == 0, ran.output
        found.append(files)
    assert found[0]["one.csv.out"] == b"1,5.0\n" and len(found[0]["many.csv.out"].splitlines()) == 800
    assert all(files == found[0] for files in found[1:])


@pytest.mark.parametrize("megabytes", [6, 0])
def test_the_drivers_memory_does_not_grow_with_the_object(tmp_path, start_program, model, megabytes):
    address = model(lambda body: b"0.25\n" * body.count(b"\n"))
    line = b"7," + b"x" * 997 + b"\n"
    with (tmp_path / "large.csv").open("wb") as file:
        for _ in range(40):
            file.write(line * 1000)
    root = tmp_path / "ml"
    request = {
        "TransformInput": {"ContentType": "text/csv", "SplitType": "Line"},
        "TransformOutput": {"Accept": "text/csv", "AssembleWith": "Line"},
        "DataProcessing": {"InputFilter": "$[1:]", "JoinSource": "Input"},
        "MaxPayloadInMB": megabytes,
    }
    inputs = [{"Key": "large.csv", "Path": str(tmp_path / "large.csv"), "Output": "0"}]
    job = {"Request": request, "Inputs": inputs, "OutputDir": str(root / "out"), "Servers": [address]}
    for folder in ("config", "out"):
        (root / folder).mkdir(parents=True)
    (root / "config" / "transformjobconfig.json").write_text(json.dumps(job))
    process = start_program("transform", "run", root)
    peak_bytes = 0
    while process.poll() is None:
        peak_bytes = max(peak_bytes, peak_of(process.pid))
        time.sleep(0.01)
    assert process.returncode == 0, process.stdout.read()
    assert (root / "out" / "0").stat().st_size == 40_000 * (len(line) + len(",0.25"))
    assert 0 < peak_bytes < DRIVER_MEGABYTES_MAX * MEGABYTE


def peak_of(pid):
    """The most memory a process has had resident, in bytes; 0 once it is over."""
    try:
        with open(f"/proc/{pid}/status") as file:
            return next((int(text.split()[1]) * 1024 for text in file if text.startswith("VmHWM:")), 0)
    except (FileNotFoundError, ProcessLookupError):
        return 0
