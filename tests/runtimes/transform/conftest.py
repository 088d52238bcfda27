"""A transform job run as a sandbox runs it, against a real model server that sums up rows."""

from __future__ import annotations

import json

import pytest

ECHO = """
import json, os
def model_fn(model_dir):
    return {"calls": 0}
def transform_fn(model, body, content_type, accept):
    model["calls"] += 1
    text = body if isinstance(body, str) else body.decode()
    if "bad" in text:
        raise ValueError("this row is bad")
    if content_type == "count/calls":
        return str(model["calls"]), "text/csv"
    rows = [line.split(",") for line in text.splitlines()]
    return "\\n".join(str(sum(float(cell) for cell in row)) for row in rows), "text/csv"
"""


@pytest.fixture
def transform(tmp_path, serve_program, run_program):
    """`transform(request, {"key": b"content"})` runs a job (against other servers' addresses).

    Returns how it ended and {key: output bytes}.
    """
    (tmp_path / "server" / "model" / "code").mkdir(parents=True)
    (tmp_path / "server" / "model" / "code" / "inference.py").write_text(ECHO)
    served = serve_program("script", tmp_path / "server")

    def run(request, objects, *addresses):
        root = tmp_path / "ml"
        inputs = []
        for number, (key, content) in enumerate(objects.items()):
            path = tmp_path / f"input-{number}"
            path.write_bytes(content)
            inputs.append({"Key": key, "Path": str(path), "Output": f"{number}.out"})
        job = {
            "Request": request,
            "Inputs": inputs,
            "OutputDir": str(root / "out"),
            "Servers": list(addresses) or [served.address],
        }
        for folder in ("config", "out"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        (root / "config" / "transformjobconfig.json").write_text(json.dumps(job))
        ran = run_program("transform", "run", root)
        outputs = {key: root / "out" / f"{number}.out" for number, key in enumerate(objects)}
        left = set((root / "out").iterdir()) - set(outputs.values())
        assert not left, f"something else was left in the output's folder: {left}"
        return ran, {f"{key}.out": path.read_bytes() for key, path in outputs.items() if path.exists()}

    return run
