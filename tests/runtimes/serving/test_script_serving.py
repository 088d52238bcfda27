"""Script mode inference: the user's functions, their defaults, and what is told when they fail."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest
from tests.ports import free_port

from ormer.runtimes.serving.client import Predictor, ServerNotReady

SECONDS = 60.0
DOUBLER = """
import os, factor
class Model:
    def predict(self, data):
        return data * factor.FACTOR
def model_fn(model_dir):
    assert os.path.exists(os.path.join(model_dir, "weights"))
    return Model()
"""
OWN_FUNCTIONS = """
import json
def model_fn(model_dir, context):
    return 10
def input_fn(body, content_type):
    if content_type == "application/x-bytes":
        return list(body)
    assert isinstance(body, str), type(body)
    return json.loads(body)["values"]
def predict_fn(values, model):
    if values == []:
        raise ValueError("no values at all")
    return [value + model for value in values]
def output_fn(prediction, accept):
    return json.dumps({"accept": accept, "out": prediction}), "application/json"
"""


def archive_model(root, code=None, **files):
    """Writes /opt/ml/model with `weights`, and code files (`inference_py="..."`) under model/code."""
    (root / "model").mkdir(parents=True)
    (root / "model" / "weights").write_text("1")
    for name, text in (code or {}).items():
        stem, _, suffix = name.rpartition("_")
        (root / "model" / "code").mkdir(exist_ok=True)
        (root / "model" / "code" / f"{stem}.{suffix}").write_text(text)
    return root


def test_sklearn_defaults_speak_json_csv_and_npy(serve_program, tmp_path):
    root = archive_model(tmp_path, {"inference_py": DOUBLER, "factor_py": "FACTOR = 2"})
    served = serve_program("sklearn", root)
    served.predictor.wait_ready(SECONDS)
    ask = served.predictor.invoke
    assert json.loads(ask(b"[[1, 2.5]]", "application/json", "").body) == [[2.0, 5.0]]
    assert ask(b"1,2.5\n3,4\n", "text/csv", "text/csv").body == b"2.0,5.0\n6.0,8.0\n"
    assert ask(b"1,2.5", "text/csv", "text/csv").content_type == "text/csv; charset=utf-8"
    buffer = io.BytesIO()
    np.save(buffer, np.array([[1.0], [2.0]]))
    answer = ask(buffer.getvalue(), "application/x-npy", "application/x-npy")
    assert np.load(io.BytesIO(answer.body)).tolist() == [[2.0], [4.0]]
    assert ask(b"x", "image/png", "").status == 415
    assert ask(b"[1]", "application/json", "image/png").status == 406


def test_what_a_model_calls_its_dependencies_can_be_imported(serve_program, tmp_path):
    root = archive_model(tmp_path, {"inference_py": DOUBLER})
    library = root / "model" / "code" / "lib"
    library.mkdir()
    (library / "factor.py").write_text("FACTOR = 3")
    served = serve_program("sklearn", root)
    served.predictor.wait_ready(SECONDS)
    assert json.loads(served.predictor.invoke(b"[[1]]", "application/json", "").body) == [[3.0]]


def test_own_functions_get_text_for_json_bytes_for_the_rest_and_may_take_a_context(serve_program, tmp_path):
    served = serve_program("script", archive_model(tmp_path, {"inference_py": OWN_FUNCTIONS}))
    served.predictor.wait_ready(SECONDS)
    answer = served.predictor.invoke(b'{"values": [1, 2]}', "application/json", "text/csv")
    assert json.loads(answer.body) == {"accept": "text/csv", "out": [11, 12]}
    assert answer.content_type == "application/json"
    assert json.loads(served.predictor.invoke(b"\x01\x02", "application/x-bytes", "").body)["out"] == [11, 12]
    failed = served.predictor.invoke(b'{"values": []}', "application/json", "")
    assert failed.status == 500
    assert failed.body.startswith(b"no values at all\nTraceback")
    assert served.predictor.invoke(b'{"values": [0]}', "application/json", "").status == 200


def test_transform_fn_stands_alone_and_code_may_come_as_an_archive(serve_program, tmp_path):
    root = archive_model(tmp_path)
    text = b"def model_fn(d): return 3\ndef transform_fn(m, body, ct, accept): return body * m, ct\n"
    with tarfile.open(tmp_path / "sourcedir.tar.gz", "w:gz") as opened:
        member = tarfile.TarInfo("entry.py")
        member.size = len(text)
        opened.addfile(member, io.BytesIO(text))
    place = {"SAGEMAKER_PROGRAM": "entry.py", "SAGEMAKER_SUBMIT_DIRECTORY": str(tmp_path / "sourcedir.tar.gz")}
    served = serve_program("sklearn", root, **place)
    served.predictor.wait_ready(SECONDS)
    answer = served.predictor.invoke(b"ab", "text/plain", "")
    assert (answer.body, answer.content_type) == (b"ababab", "text/plain")


def test_xgboost_script_mode_turns_bodies_into_matrices(serve_program, tmp_path):
    code = (
        "def model_fn(d):\n  class M:\n    def predict(self, m, **k): return [[m.num_row(), m.num_col()]]\n  return M()"
    )
    root = archive_model(tmp_path, {"serve_model_py": code})
    served = serve_program("xgboost", root, SAGEMAKER_PROGRAM="serve_model.py")
    served.predictor.wait_ready(SECONDS)
    assert served.predictor.invoke(b"1,2,3\n4,5,6\n", "text/csv", "application/json").body == b"[[2, 3]]"
    assert served.predictor.invoke(b"0 1:5\n", "text/libsvm", "text/csv").body == b"1,2\n"
    assert served.predictor.invoke(b"x", "image/png", "text/csv").status == 415


@pytest.mark.parametrize(
    ("code", "extra", "reason"),
    [
        ({"inference_py": "def model_fn(d):\n    raise OSError('weights are torn')"}, {}, "OSError: weights are torn"),
        ({"inference_py": "import nothing_of_the_sort"}, {}, "No module named 'nothing_of_the_sort'"),
        ({"inference_py": "import sys; sys.exit('enough')"}, {}, "SystemExit: enough"),
        ({}, {}, "Please provide a model_fn implementation"),
        ({"a_py": ""}, {"SAGEMAKER_PROGRAM": "b.py"}, "SAGEMAKER_PROGRAM b.py is not in .*, which holds: a.py"),
        (
            {"inference_py": "def model_fn(d): 1\ndef transform_fn(*a): 1\ndef input_fn(b, c): 1"},
            {},
            "Cannot use transform_fn implementation in conjunction with input_fn",
        ),
    ],
)
def test_a_program_that_does_not_load_is_told_at_once(serve_program, tmp_path, code, extra, reason):
    served = serve_program("script", archive_model(tmp_path, code), **extra)
    with pytest.raises(ServerNotReady, match=reason):
        served.predictor.wait_ready(SECONDS)


def test_servers_chain_as_an_inference_pipeline(serve_program, tmp_path):
    adder = OWN_FUNCTIONS.replace('{"accept": accept, "out": prediction}', '{"values": prediction}')
    first = serve_program("script", archive_model(tmp_path / "a", {"inference_py": adder}))
    second = serve_program("script", archive_model(tmp_path / "b", {"inference_py": OWN_FUNCTIONS}))
    with Predictor([first.address, second.address]) as chain:
        chain.wait_ready(SECONDS)
        assert json.loads(chain.invoke(b'{"values": [1]}', "application/json", "a/b").body)["out"] == [21]
        stopped = chain.invoke(b'{"values": []}', "application/json", "a/b")
        assert stopped.status == 500


def test_a_port_and_chunked_bodies_work_too(serve_program, tmp_path):
    import http.client

    port = free_port()
    root = archive_model(tmp_path, {"inference_py": OWN_FUNCTIONS})
    serve_program("script", root, ORMER_BIND_SOCKET="", SAGEMAKER_BIND_TO_PORT=str(port))
    Predictor([f"http://127.0.0.1:{port}"]).wait_ready(SECONDS)
    connection = http.client.HTTPConnection("127.0.0.1", port)
    body = iter([b'{"valu', b'es": [1]}'])
    connection.request("POST", "/invocations", body, {"Content-Type": "application/json"}, encode_chunked=True)
    assert json.loads(connection.getresponse().read())["out"] == [11]
    connection.request("GET", "/nothing")
    assert connection.getresponse().status == 404
    connection.close()


BUILT = """
import os, shutil
def model_fn(model_dir):
    libs = os.path.join(model_dir, "shared_libs")
    if os.path.exists(libs):
        shutil.copytree(libs, "/proc/lib")  # no more to be written than /lib in a sandbox
    assert open(os.path.join(model_dir, "weights")).read() == "1"
    return "libours.so" in open("/proc/self/maps").read()
def input_fn(body, content_type):
    return body
def predict_fn(body, model):
    return model
def output_fn(prediction, accept):
    return str(prediction)
"""


@pytest.mark.parametrize(("mark", "loaded"), [({"serve_pkl": "pickled"}, True), ({}, False)])
def test_libraries_of_a_model_that_modelbuilder_made_are_loaded_where_they_lie(serve_program, tmp_path, mark, loaded):
    root = archive_model(
        tmp_path, {"inference_py": BUILT if loaded else BUILT.replace("os.path.exists(libs)", "0"), **mark}
    )
    [library, *_] = [line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if "/libm" in line]
    (root / "model" / "shared_libs").mkdir()
    shutil.copy(library, root / "model" / "shared_libs" / "libours.so")
    served = serve_program("sklearn", root)
    served.predictor.wait_ready(SECONDS)
    assert served.predictor.invoke(b"1", "text/csv", "text/csv").body == str(loaded).encode()
    assert (root / "model" / "shared_libs" / "libours.so").exists()
