"""What ormer adds to a runtime: old Boosters are unpickled, and nothing else changes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

from ormer.engines.images import Catalogue

# A stand-in for XGBoost 1.7's class, which refuses the pickles of releases before 1.0 in just this way.
CORE = """
    class XGBoostError(ValueError): ...
    class Booster:
        def __init__(self): self.handle = None
        def load_model(self, data): self.handle = f"model {data.decode()}"
        def __setstate__(self, state):
            if state["handle"] == bytearray(b"old"): raise XGBoostError("serialized differently")
            self.__dict__.update(state)
"""


def run(tmp_path: Path, code: str) -> str:
    package = tmp_path / "xgboost"
    package.mkdir(exist_ok=True)
    (package / "__init__.py").write_text("from .core import Booster\n")
    (package / "core.py").write_text(dedent(CORE))
    for name, source in Catalogue.load(tmp_path).recipe("legacy").patch_texts().items():
        (tmp_path / f"{name}.py").write_text(source)
    start = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import ormer_old_boosters; "
    return subprocess.check_output([sys.executable, "-I", "-c", start + code], text=True).strip()


def test_an_old_booster_is_read_as_a_saved_model(tmp_path: Path) -> None:
    code = "import xgboost; b = xgboost.Booster(); b.__setstate__({'handle': bytearray(b'old')}); print(b.handle)"
    assert run(tmp_path, code) == "model old"


def test_a_newer_booster_is_left_to_xgboost(tmp_path: Path) -> None:
    code = "import xgboost; b = xgboost.Booster(); b.__setstate__({'handle': 'snapshot', 'x': 1}); print(b.handle, b.x)"
    assert run(tmp_path, code) == "snapshot 1"


def test_nothing_is_imported_before_somebody_imports_xgboost(tmp_path: Path) -> None:
    assert run(tmp_path, "print('xgboost' in sys.modules, 'numpy' in sys.modules)") == "False False"
