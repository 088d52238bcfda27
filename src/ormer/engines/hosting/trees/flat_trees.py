"""Forests laid flat for the compiled evaluator: untrusted arrays in, predictions out."""

from __future__ import annotations

import ctypes
from array import array
from collections.abc import Sequence
from typing import Any

from ormer.engines.hosting.trees import library as lib
from ormer.engines.hosting.trees.forests import Forest, NotFlat, Tree
from ormer.engines.hosting.trees.objectives import Reading

STEPS_MAX = 200_000
"""Splits on the way of one row through all trees: a millisecond at most, for the caller may be the gateway's loop."""

NODES_MAX = 2**27


class FlatTrees:
    """A forest that can be walked, read in one way. columns: cells of a row. outputs: numbers of a row's prediction."""

    def __init__(self, forest: Forest, reading: Reading) -> None:
        self._library = lib.library()
        self.outputs = 1 if reading.transform == lib.SOFTMAX else forest.groups
        self.columns = forest.columns
        self._nodes, self._trees = self._lay(forest)
        margin = self._library.ormer_trees_margin
        self._base = array("f", [margin(reading.base_kind, score) for score in forest.base_scores])
        model = lib.Model(
            nodes=ctypes.addressof(self._nodes),
            trees=ctypes.addressof(self._trees),
            base=lib.address(self._base),
            tree_count=len(forest.trees),
            groups=forest.groups,
            columns=forest.columns,
            transform=reading.transform,
        )
        self._model = model
        self._model_address = ctypes.addressof(model)
        self._answer = self._library.ormer_trees_answer

    def predict(self, kind: int, body: bytes, rows_max: int) -> list[float] | None:
        """The predictions of a body's rows, one row after the other, rows × outputs numbers; None when it cannot say.

        kind: library.CSV, LIBSVM or CELLS (float32 as they lie in memory).
        """
        out = array("f", bytes(4 * rows_max * self.outputs))
        rows = self._answer(self._model_address, kind, body, len(body), out.buffer_info()[0], rows_max)
        if rows < 0:
            return None
        return out.tolist() if rows == rows_max else out[: rows * self.outputs].tolist()

    def predict_cells(self, cells: bytes, rows: int) -> bytes | None:
        """The float32 predictions of float32 rows, both as they lie in memory."""
        out = array("f", bytes(4 * rows * self.outputs))
        done = self._answer(self._model_address, lib.CELLS, cells, len(cells), lib.address(out), rows)
        return out.tobytes() if done == rows else None

    def transformed(self, margins: bytes) -> bytes:
        """The float32 predictions that float32 margins (rows × groups) become."""
        sums = array("f", margins)
        rows = len(sums) // int(self._model.groups)
        out = array("f", bytes(4 * rows * self.outputs))
        self._library.ormer_trees_transform(self._model_address, lib.address(sums), rows, lib.address(out))
        return out.tobytes()

    def _lay(self, forest: Forest) -> tuple[Any, Any]:
        """Every tree checked and laid behind the one before; the place behind the last is a leaf that nobody adds."""
        count = sum(len(tree.left) for tree in forest.trees)
        if count > NODES_MAX:
            raise NotFlat(f"it has {count} nodes; {NODES_MAX} are evaluated here")
        nodes = ctypes.create_string_buffer(lib.NODE_BYTES * (count + 1))
        starts = (lib.TreeStart * (-(-len(forest.trees) // lib.LANES) * lib.LANES or lib.LANES))()
        laid = steps = 0
        for number, tree in enumerate(forest.trees):
            taken, depth = self._lay_tree(tree, forest.columns, nodes, laid)
            starts[number] = lib.TreeStart(laid, depth, tree.group)
            laid, steps = laid + taken, steps + depth
            if steps > STEPS_MAX:
                raise NotFlat(f"a row takes more than {STEPS_MAX} splits on its way through all trees")
        padding = Tree(array("i", [-1]), array("i", [-1]), array("i", [0]), array("f", [0]), array("B", [0]), 0)
        self._lay_tree(padding, forest.columns, nodes, laid)
        for number in range(len(forest.trees), len(starts)):
            starts[number] = lib.TreeStart(laid, 0, 0)
        return nodes, starts

    def _lay_tree(self, tree: Tree, columns: int, nodes: Any, first: int) -> tuple[int, int]:
        """How many nodes were laid and how deep the tree is."""
        parts: Sequence[Any] = (tree.left, tree.right, tree.feature, tree.threshold, tree.default_left)
        queue, depth = array("i", bytes(4 * len(tree.left))), ctypes.c_int32()
        taken = self._library.ormer_trees_lay(
            *map(lib.address, parts),
            len(tree.left),
            columns,
            ctypes.addressof(nodes),
            first,
            lib.address(queue),
            ctypes.addressof(depth),
        )
        if taken < 0:
            raise NotFlat("a tree's links lead in a circle" if taken == -2 else "a tree's links lead out of it")
        return int(taken), depth.value
