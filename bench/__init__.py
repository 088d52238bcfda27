"""Measurements against peers, in one run: `python -m bench [NAMES…]`. How to read them: docs/performance.md."""
