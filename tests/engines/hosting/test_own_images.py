"""Packages of one's own: an image that brings a `serve` command, and requirements in a model's archive."""

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
    folder.mkdir(exist_ok=True)
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


def test_requirements_of_the_archive_are_installed_for_the_instance_alone(hotel, tmp_path, monkeypatch):
    hotel.model("warm")
    hotel.serve("warm", {"ModelName": "warm"})  # its environment is built with this machine's own settings
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CERT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel(tmp_path / "wheels").parent))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    code = "import own_server\ndef model_fn(d): return own_server.__name__\ndef transform_fn(m, b, c, a): return m, a"
    files = {"code/inference.py": code, "code/requirements.txt": "own-server\n"}
    uri = hotel.put("needy.tar.gz", archive(files))
    hotel.model("needy", ModelDataUrl=uri)
    found = hotel.serve("needy", {"ModelName": "needy"})
    assert found["EndpointStatus"] == "InService", found
    assert hotel.ask("needy", Accept="text/plain") == (200, "own_server")


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
