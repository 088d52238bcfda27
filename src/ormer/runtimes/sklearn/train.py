"""Training in a scikit-learn image: always the user's own script.

https://sagemaker.readthedocs.io/en/stable/frameworks/sklearn/using_sklearn.html
"""

from __future__ import annotations

from ..toolkit.script import main

__all__ = ["main"]
