"""The user's code on S3: fetched through the endpoint that the environment names."""

from __future__ import annotations

import io
import json
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_REGION": "us-east-1"}


class OneObject(BaseHTTPRequestHandler):
    """The two reads that boto3 makes of an object, for the object of the server."""

    def do_HEAD(self):
        self.answer(with_body=False)

    def do_GET(self):
        self.answer(with_body=True)

    def answer(self, with_body):
        path, body = self.server.stored
        found = self.path == path
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(body) if found else 0))
        self.send_header("ETag", '"1"')
        self.end_headers()
        if found and with_body:
            self.wfile.write(body)

    def log_message(self, *words):
        """Quiet."""


@pytest.fixture
def s3_endpoint():
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as opened:
        text = b"print('came from s3')\n"
        member = tarfile.TarInfo("train.py")
        member.size = len(text)
        opened.addfile(member, io.BytesIO(text))
    server = ThreadingHTTPServer(("127.0.0.1", 0), OneObject)
    server.stored = ("/code/job/source/sourcedir.tar.gz", archive.getvalue())
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_code_is_fetched_from_s3_and_a_missing_archive_is_named(folder, run_program, s3_endpoint):
    def run(key):
        place = json.dumps(f"s3://code/{key}")
        folder.write({"sagemaker_program": '"train.py"', "sagemaker_submit_directory": place})
        return run_program("script", "train", folder.root, AWS_ENDPOINT_URL=s3_endpoint, **KEYS)

    missing = run("job/nothing.tar.gz")
    assert missing.exit_code == 1
    assert missing.failure.startswith("UserError: the code s3://code/job/nothing.tar.gz cannot be fetched:")
    found = run("job/source/sourcedir.tar.gz")
    assert found.exit_code == 0, found.output
    assert "came from s3" in found.output
