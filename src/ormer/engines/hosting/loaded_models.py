"""Which models one start of a multi-model container has loaded, least recently asked for first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field


@dataclass(eq=False)
class LoadedModels:
    """Threads may share it. A model's lock is held by whoever loads it."""

    _order: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _locks: dict[str, threading.Lock] = field(default_factory=dict)

    def holds(self, name: str) -> bool:
        """Whether the model is loaded; it then counts as asked for now."""
        with self._lock:
            if name not in self._order:
                return False
            self._order.move_to_end(name)
            return True

    def add(self, name: str) -> None:
        with self._lock:
            self._order[name] = None

    def surplus(self, count_max: int, beside: str) -> list[str]:
        """The models to unload so that `beside` fits in, oldest first; they count as unloaded from now on."""
        with self._lock:
            others = [name for name in self._order if name != beside]
            going = others[: max(0, len(others) + 1 - count_max)]
            for name in going:
                del self._order[name]
            return going

    def turn(self, name: str) -> threading.Lock:
        """The model's own lock."""
        with self._lock:
            return self._locks.setdefault(name, threading.Lock())
