"""What starts an engine's programs: a sandbox and its spawner, which are not made before the first program."""

import threading

from ormer.engines.jobs.sandbox import Capabilities, choose
from ormer.engines.jobs.supervision import Spawner


class Starter:
    """Threads may share it. setting: which sandbox, as `choose` has it."""

    def __init__(self, setting: str) -> None:
        self._setting = setting
        self._lock = threading.Lock()
        self._made: tuple[Spawner, Capabilities] | None = None

    def spawner(self) -> Spawner:
        """The starter of supervisors. Raises SandboxUnavailable."""
        return self._opened()[0]

    def capabilities(self) -> Capabilities:
        """What the sandbox can do. Raises SandboxUnavailable."""
        return self._opened()[1]

    def close(self) -> None:
        """Let go; what runs goes on and is found again at the next start."""
        with self._lock:
            if self._made is not None:
                self._made[0].close()

    def _opened(self) -> tuple[Spawner, Capabilities]:
        with self._lock:
            if self._made is None:
                sandbox = choose(self._setting)
                self._made = Spawner(sandbox), sandbox.capabilities
            return self._made
