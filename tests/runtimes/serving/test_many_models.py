"""A multi-model container: models are loaded, listed, invoked and unloaded while it serves; workers share a socket."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ormer.runtimes.serving.client import Server

SECONDS = 60.0
NAMED = "NAME = '{name}'\ndef model_fn(d): return NAME\ndef transform_fn(m, body, ct, accept): return m, 'text/plain'\n"
WORKER = "import os\ndef model_fn(d): return 1\ndef transform_fn(m, b, c, a): return str(os.getpid()), 'text/plain'\n"


def lay(root: Path, name: str, code: str = NAMED) -> str:
    """Unpacks a model as the platform does; returns its url."""
    folder = root / name / "model" / "code"
    folder.mkdir(parents=True)
    (folder / "inference.py").write_text(code.replace("{name}", name))
    return str(folder.parent)


def ask(server: Server, method: str, path: str, content: Any = None) -> tuple[int, Any]:
    body = None if content is None else json.dumps(content).encode()
    answer = server.exchange(method, path, body, {"Content-Type": "application/json"}, SECONDS)
    kind = answer.content_type
    return answer.status, json.loads(answer.body) if kind == "application/json" else answer.body.decode()


def test_models_come_and_go_while_the_container_serves(serve_program: Callable[..., Any], tmp_path: Path):
    served = serve_program("script", tmp_path, SAGEMAKER_MULTI_MODEL="true")
    served.predictor.wait_ready(SECONDS)
    server = Server(served.address)
    assert ask(server, "GET", "/models") == (200, {"models": []})
    urls = {name: lay(tmp_path / "models", name) for name in ("a", "b")}
    for name, url in urls.items():
        assert ask(server, "POST", "/models", {"model_name": name, "url": url})[0] == 200
    assert ask(server, "POST", "/models", {"model_name": "a", "url": urls["a"]})[0] == 409
    assert [ask(server, "POST", f"/models/{name}/invoke", {}) for name in urls] == [(200, "a"), (200, "b")]
    assert ask(server, "GET", "/models/a") == (200, [{"modelName": "a", "modelUrl": urls["a"]}])
    assert ask(server, "DELETE", "/models/a")[0] == 200
    assert ask(server, "POST", "/models/a/invoke", {})[0] == 404
    assert ask(server, "GET", "/models")[1]["models"] == [{"modelName": "b", "modelUrl": urls["b"]}]
    assert ask(server, "POST", "/invocations", {})[0] == 404
    assert served.stop() == 0


def test_a_model_that_does_not_load_is_told_and_not_kept(serve_program: Callable[..., Any], tmp_path: Path):
    served = serve_program("script", tmp_path, SAGEMAKER_MULTI_MODEL="true")
    served.predictor.wait_ready(SECONDS)
    server = Server(served.address)
    url = lay(tmp_path / "models", "torn", "raise OSError('weights are torn')")
    status, said = ask(server, "POST", "/models", {"model_name": "torn", "url": url})
    assert (status, "weights are torn" in said) == (500, True)
    url = lay(tmp_path / "models", "gone", "import os\nos._exit(3)")
    assert ask(server, "POST", "/models", {"model_name": "gone", "url": url}) == (
        500,
        "the process of the model ended with exit code 3",
    )
    assert ask(server, "POST", "/models", {"model_name": "x", "url": "/nowhere"})[0] == 400
    assert ask(server, "GET", "/models") == (200, {"models": []})


def test_workers_share_the_socket(serve_program: Callable[..., Any], tmp_path: Path):
    (tmp_path / "model" / "code").mkdir(parents=True)
    (tmp_path / "model" / "code" / "inference.py").write_text(WORKER)
    served = serve_program("script", tmp_path, SAGEMAKER_MODEL_SERVER_WORKERS="2")
    served.predictor.wait_ready(SECONDS)
    seen = set()
    while len(seen) < 2:
        server = Server(served.address)
        seen.add(ask(server, "POST", "/invocations", {})[1])
        server.close()
    assert str(served.process.pid) not in seen
    assert served.stop() == 0
