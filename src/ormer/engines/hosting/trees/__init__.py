"""Trees without a server: a built-in XGBoost model answers invocations inside this process, in microseconds.

The model's own server, in its sandbox, loads whatever the archive holds and leaves the model behind as data, with rows
and what it predicts for them (runtimes/xgboost/flat.py). `build` reads that data as untrusted: nothing in it is
unpickled, imported or believed. Every length and index is checked, and an evaluator exists only once it gave every
exported prediction back bit for bit. Otherwise `NotFlat` says why, and the server in the sandbox goes on answering.

Nothing here is durable, and building again gives the same.
"""

from ormer.engines.hosting.trees.building import build
from ormer.engines.hosting.trees.forests import NotFlat

__all__ = ["NotFlat", "build"]
