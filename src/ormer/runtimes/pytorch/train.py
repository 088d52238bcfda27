"""Training in a PyTorch image: always the user's own script.

https://sagemaker.readthedocs.io/en/v2.257.0/frameworks/pytorch/using_pytorch.html
"""

from __future__ import annotations

from ..toolkit.script import main

__all__ = ["main"]
