"""Short addresses of sockets: one's address holds 107 bytes, and a home may lie deep."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Sockets:
    """Short addresses of everything below the folder `root`, good in this process."""

    root: Path
    descriptor: int = field(default=-1)

    def open(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.descriptor = os.open(self.root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def address(self, path: Path) -> Path:
        return Path(f"/proc/self/fd/{self.descriptor}") / path.relative_to(self.root)
