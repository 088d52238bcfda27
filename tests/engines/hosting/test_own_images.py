"""An image of one's own whose packages bring a `serve` command, as `docker run IMAGE serve` would run it."""

from __future__ import annotations

import zipfile
from pathlib import Path

from tests.engines.hosting.conftest import ROLE, archive, open_hotel

from ormer.engines import images
from ormer.engines.images import catalogue

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1"
SERVER = """
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.answer(b"")
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(body + open("/opt/ml/model/weights").read().encode())
    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
def main():
    ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("SAGEMAKER_BIND_TO_PORT", 8080))), Handler).serve_forever()
"""


def wheel(folder: Path) -> Path:
    """A package of one module with a console script `serve`."""
    path = folder / "own_server-1.0-py3-none-any.whl"
    info = "own_server-1.0.dist-info"
    files = {
        "own_server.py": SERVER,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: own-server\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nserve = own_server:main\n",
    }
    record = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as packed:
        for name, text in {**files, f"{info}/RECORD": record}.items():
            packed.writestr(name, text)
    return path


def test_an_image_of_ones_own_serves_by_its_own_command(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    catalogue.add(home, IMAGE, f"own-server @ file://{wheel(tmp_path)}\n")
    assert images.Catalogue.load(home).image(IMAGE).kind == "script"
    hotel = open_hotel(home)
    try:
        for name, isolated in (("open", False), ("alone", True)):
            primary = {"Image": IMAGE, "ModelDataUrl": hotel.put("model.tar.gz", archive({"weights": "42"}))}
            request = {"ModelName": name, "ExecutionRoleArn": ROLE, "PrimaryContainer": primary}
            hotel.call("CreateModel", {**request, "EnableNetworkIsolation": isolated})
            found = hotel.serve(name, {"ModelName": name})
            assert found["EndpointStatus"] == "InService", found
            assert hotel.ask(name, b"is ") == (200, "is 42")
    finally:
        hotel.close()
