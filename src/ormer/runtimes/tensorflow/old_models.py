"""SavedModels of TensorFlow 1, run in a session of theirs as TensorFlow Serving runs them.

They hold a graph and no objects. `tf.saved_model.load` cuts such a graph into functions, one for each signature, and
gives up on the whole model when one of them cannot be cut out, however good the others are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, NamedTuple

SERVE = "serve"


class Spec(NamedTuple):
    """What an input takes."""

    dtype: Any


class Output(NamedTuple):
    """An output's array, asked for as of a tensor."""

    array: Any

    def numpy(self) -> Any:
        return self.array


class Signature:
    """One signature, asked as a function of a SavedModel of TensorFlow 2 is."""

    def __init__(self, session: Any, definition: Any) -> None:
        import tensorflow
        from tensorflow.core.protobuf.config_pb2 import CallableOptions

        self._inputs, self._outputs = list(definition.inputs), list(definition.outputs)
        options = CallableOptions(
            feed=[definition.inputs[name].name for name in self._inputs],
            fetch=[definition.outputs[name].name for name in self._outputs],
        )
        # `Session.run` would hold arrays against the shapes of the graph's placeholders, which TensorFlow
        # Serving does not do: models are asked with shapes that theirs do not name.
        self._run = session._make_callable_from_options(options)
        specs = {name: Spec(tensorflow.dtypes.as_dtype(info.dtype)) for name, info in definition.inputs.items()}
        self.structured_input_signature = ((), specs)

    def __call__(self, **tensors: Any) -> Dict[str, Output]:
        found = self._run(*(tensors[name].numpy() for name in self._inputs))
        return {name: Output(array) for name, array in zip(self._outputs, found)}


def is_one(folder: Path) -> bool:
    """Whether a SavedModel is of TensorFlow 1: it has no graph of objects."""
    from tensorflow.python.saved_model.loader_impl import parse_saved_model

    return not any(graph.HasField("object_graph_def") for graph in parse_saved_model(str(folder)).meta_graphs)


def signatures(folder: Path) -> Dict[str, Signature]:
    """Returns {name: signature} of the SavedModel in a folder."""
    import tensorflow

    graph = tensorflow.Graph()
    session = tensorflow.compat.v1.Session(graph=graph)
    with graph.as_default():
        loaded = tensorflow.compat.v1.saved_model.loader.load(session, [SERVE], str(folder))
    # One without inputs makes something ready and is nothing to ask.
    return {name: Signature(session, one) for name, one in loaded.signature_def.items() if one.inputs}
