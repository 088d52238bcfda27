"""Placed into the legacy runtime: XGBoost 1.7 unpickles Boosters that XGBoost before 1.0 pickled.

Before 1.0 a pickled Booster held a saved model; since then it holds a memory snapshot, and newer releases refuse the
old form inside a pickle although they still read it from a file. User scripts unpickle models themselves, so the class
has to learn it. Nothing is imported before somebody imports xgboost.
"""

import importlib.machinery
import sys
from typing import Any

WATCHED = "xgboost.core"


class OldBoosters:
    """An import hook that is there for one import: it lets `xgboost.core` load as always and extends its Booster."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != WATCHED:
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        loader: Any = spec.loader if spec else None
        if loader is not None:
            load = loader.exec_module

            def load_and_extend(module: Any) -> None:
                load(module)
                extend(module)

            loader.exec_module = load_and_extend
        return spec


def extend(core: Any) -> None:
    """Let `Booster.__setstate__` fall back to reading the bytes as a saved model."""
    newer = core.Booster.__setstate__

    def __setstate__(self: Any, state: Any) -> None:
        saved = state.get("handle")
        try:
            newer(self, dict(state))
        except core.XGBoostError:
            if saved is None:
                raise
            core.Booster.__init__(self)
            self.load_model(bytearray(saved))

    core.Booster.__setstate__ = __setstate__


sys.meta_path.insert(0, OldBoosters())
