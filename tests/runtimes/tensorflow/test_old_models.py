"""SavedModels of TensorFlow 1 in a real TensorFlow runtime, where one was built."""

from __future__ import annotations

import json
import subprocess

import pytest
from tests.runtimes.conftest import RUN

# A model whose second signature cannot be cut out of its graph: its input was said to have no shape. The first one's
# placeholder names a shape that it is not asked with.
MAKE = """
import json, sys
import tensorflow as tf
v1 = tf.compat.v1
folder, runtimes = sys.argv[1:]
with tf.Graph().as_default(), v1.Session() as session:
    text = v1.placeholder(tf.string, [None], name="tf_example")
    parsed = tf.io.parse_example(text, {"x": tf.io.FixedLenFeature([1], tf.float32)})
    x = v1.placeholder(tf.float32, [None, 1], name="x")
    half = v1.get_variable("half", initializer=0.5)
    y = tf.identity(x * half + 2, name="y")
    other = tf.identity(parsed["x"] * half, name="other")
    session.run(v1.global_variables_initializer())
    info = v1.saved_model.utils.build_tensor_info
    example = info(text)
    example.tensor_shape.Clear()
    sign = v1.saved_model.signature_def_utils.build_signature_def
    saver = v1.saved_model.Builder(folder + "/00000123")
    saver.add_meta_graph_and_variables(session, ["serve"], signature_def_map={
        "serving_default": sign({"x": info(x)}, {"y": info(y)}, "tensorflow/serving/predict"),
        "regress": sign({"inputs": example}, {"outputs": info(other)}, "tensorflow/serving/regress"),
    })
    saver.save()
sys.path.insert(0, runtimes)
import importlib
from pathlib import Path
package = importlib.import_module("runtimes.tensorflow.saved_models")
model = package.SavedModel(package.find_saved_model(Path(folder)), Path(folder))
for asked in ({"instances": [1.0, 2.0, 5.0]}, {"inputs": {"x": [4.0]}}):
    print("ANSWER", json.dumps(json.loads(model.predict(json.dumps(asked).encode()))))
"""


def test_a_model_of_tensorflow_1_answers_though_one_of_its_signatures_cannot_be_cut_out(runtimes, tmp_path):
    pythons = sorted(runtimes.glob("tensorflow-[0-9a-f]*/bin/python"))
    if not pythons:
        pytest.skip("no TensorFlow runtime was built in ORMER_TEST_RUNTIMES")
    (tmp_path / "make.py").write_text(MAKE)
    words = [str(pythons[0]), str(tmp_path / "make.py"), str(tmp_path / "model"), str(RUN.parents[1])]
    done = subprocess.run(words, capture_output=True, text=True)
    answers = [json.loads(line[7:]) for line in done.stdout.splitlines() if line.startswith("ANSWER ")]
    assert answers == [{"predictions": [2.5, 3.0, 4.5]}, {"outputs": [4.0]}], done.stderr
