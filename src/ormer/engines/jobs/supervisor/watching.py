"""The supervisor's loop: companions first, then the main program, limits and stop requests, one final status."""

import os
import select
import signal
import time
from typing import Any

from .children import CANNOT_START, Child
from .logbook import Logbook
from .readiness import HOPELESS, NOT_YET, READY, ping
from .records import StatusFile, forget_spec, note_start

TICK_SECONDS = 0.5
PROMPT_SECONDS = 0.02  # while something is about to happen: a server to be ready, a program to be signalled
COMPANION_GRACE_SECONDS = 5.0
OUT_OF_MEMORY_WORDS = ("MemoryError", "std::bad_alloc", "Cannot allocate memory")


def supervise(run_dir: str, spec: dict[str, Any]) -> None:
    """Run the job to its end. Whatever goes wrong in here, a status is published: nobody waits for ever."""
    status_file = StatusFile(run_dir)
    try:
        forget_spec(run_dir)
        status = Watch(run_dir, spec).run()
    except Exception as error:  # the edge: without a status the server could only guess
        import traceback

        with open(os.path.join(run_dir, "supervisor.err"), "w") as file:
            traceback.print_exc(file=file)
        status = {"reason": "SupervisorFailed", "message": f"{type(error).__name__}: {error}", "fence": spec["fence"]}
    status_file.publish(status)


class Watch:
    """One run of one job. `reason` stays None until something decides how it ends; the first decision stays."""

    def __init__(self, run_dir: str, spec: dict[str, Any]) -> None:
        self.run_dir = run_dir
        self.spec = spec
        self.limits: dict[str, Any] = spec["limits"]
        self.logbook = Logbook(spec["log"])
        self.companions: list[Child] = []
        self.unready: list[Child] = []
        self.main: Child | None = None
        self.began = time.monotonic()  # first of the companions, then of the main program
        self.reason: str | None = None
        self.message: str | None = None
        self.blamed: Child | None = None
        self.to_signal: set[Child] = set()
        self.to_kill: list[Child] = []
        self.kill_at: float | None = None
        self.weigh_at = self.began + TICK_SECONDS
        self.asked = False
        self.listened: dict[int, Child] = {}
        self.poll = select.poll()
        self.wake, wake_end = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(wake_end, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, lambda *_: None)  # the byte in the wake-up pipe tells
        self.poll.register(self.wake, select.POLLIN)

    def run(self) -> dict[str, object]:
        """Start, watch, end; returns the content of status.json."""
        note_start(self.spec["starts"], self.spec["job"], self.spec["fence"])
        started_ms = _now_ms()
        self._bring_up_companions()
        if self.reason is None:
            self.began, started_ms = time.monotonic(), _now_ms()
            self.main = self._spawn(self.spec["main"])
            while self.main.exit_code is None:
                self._turn()
        ended_ms = _now_ms()
        if self.reason is None and self.main:
            self.reason, self.message = own_end(self.main, self.limits["memory_bytes"])
        self._wind_down()
        return self._status(started_ms, ended_ms)

    def _bring_up_companions(self) -> None:
        for plan in self.spec["servers"]:
            child = self._spawn(plan)
            self.companions.append(child)
            if plan["ready"]:
                self.unready.append(child)
        while self.unready and self.reason is None:
            self._turn()
            self._ask_whether_ready()

    def _wind_down(self) -> None:
        """After the main program: ask every server to end, then make it."""
        self.unready.clear()
        self.to_kill = self._living()
        self.to_signal = set(self.to_kill)
        grace_seconds = 0.0 if self.blamed or self._wants("kill") else COMPANION_GRACE_SECONDS
        self.kill_at = time.monotonic() + grace_seconds
        while self._living():
            self._turn()

    def _spawn(self, plan: dict[str, Any]) -> Child:
        child = Child(plan, self.limits, self.logbook)
        for descriptor in (child.output, child.report, child.pidfd):
            self.poll.register(descriptor, select.POLLIN)
            self.listened[descriptor] = child
        return child

    def _living(self) -> list[Child]:
        everyone = [*self.companions, self.main] if self.main else self.companions
        return [child for child in everyone if child.exit_code is None]

    def _turn(self) -> None:
        """Wait for the next thing to happen, take it in, then look at limits and requests."""
        happened = [descriptor for descriptor, _ in self.poll.poll(self._patience_seconds() * 1000)]
        if self.wake in happened:
            os.read(self.wake, 512)
            self.asked = True
        for descriptor in happened:
            if child := self.listened.get(descriptor):
                self._attend(child, descriptor)
        self._heed_requests()
        self._heed_clock()
        self._heed_memory()
        self._carry_out()

    def _attend(self, child: Child, descriptor: int) -> None:
        if descriptor == child.pidfd:
            for each in (child.output, child.report, child.pidfd):
                self._ignore(each)
            child.bury()
            self.to_signal.discard(child)
            if child in self.companions:
                self._lose(child, f"the model server {child.name} ended with exit code {child.exit_code}")
            return
        still_open = child.hear() if descriptor == child.output else child.learn()
        if not still_open:
            self._ignore(descriptor)

    def _ignore(self, descriptor: int) -> None:
        if self.listened.pop(descriptor, None):
            self.poll.unregister(descriptor)

    def _patience_seconds(self) -> float:
        seconds = PROMPT_SECONDS if self.unready or self.to_signal else TICK_SECONDS
        moments = [moment - time.monotonic() for moment in (self.kill_at, self._deadline()) if moment is not None]
        return min([seconds, *(max(moment, 0.005) for moment in moments)])

    def _deadline(self) -> float | None:
        seconds = self.limits["max_runtime_seconds"]
        return self.began + seconds if seconds and self.main and self.reason is None else None

    def _heed_requests(self) -> None:
        if self._wants("kill"):
            self._end("Stopped", None, 0)
            self.kill_at = 0.0
        elif self.asked or self._wants("stop"):
            self._end("Stopped", None, self.limits["stop_grace_seconds"])

    def _heed_clock(self) -> None:
        deadline = self._deadline()
        if deadline is not None and time.monotonic() >= deadline:
            text = f"the job ran longer than the {self.limits['max_runtime_seconds']:g} seconds it may run"
            self._end("MaxRuntimeExceeded", text, self.limits["stop_grace_seconds"])

    def _heed_memory(self) -> None:
        limit, now = self.limits["memory_bytes"], time.monotonic()
        if not limit or now < self.weigh_at:
            return
        self.weigh_at = now + TICK_SECONDS
        used = sum(child.memory_bytes() for child in self._living())
        if used > limit:
            text = f"the job used {_gibibytes(used)} of memory, it may use {_gibibytes(limit)}"
            self._end("OutOfMemory", text, 0)

    def _carry_out(self) -> None:
        """Deliver signals that are due; a program that is not there yet is asked again at the next turn."""
        self.to_signal = {child for child in self.to_signal if not child.ask_to_stop()}
        if self.kill_at is not None and time.monotonic() >= self.kill_at:
            for child in self.to_kill:
                child.kill()

    def _end(self, reason: str, message: str | None, grace_seconds: float) -> None:
        """Decide how the job ends: ask the main program when there is a grace, then kill it."""
        if self.reason is not None:
            return
        self.reason, self.message = reason, message
        self.to_kill = [self.main] if self.main else []
        self.kill_at = time.monotonic() + grace_seconds
        self.to_signal = set(self.to_kill) if grace_seconds else set()

    def _lose(self, companion: Child, message: str) -> None:
        if self.reason is None:
            self.blamed = companion
            self._end("ServerDied", message, 0)

    def _ask_whether_ready(self) -> None:
        for child in list(self.unready):
            ready = child.plan["ready"]
            state = ping(ready) if child.exit_code is None else NOT_YET
            if state == READY:
                self.unready.remove(child)
            elif state == HOPELESS:
                self._lose(child, f"the model server {child.name} could not load its model")
            elif time.monotonic() - self.began > ready["timeout_seconds"]:
                wanted = f"did not answer GET {ready['path']} with 200 within {ready['timeout_seconds']:g} seconds"
                self._lose(child, f"the model server {child.name} {wanted}")

    def _wants(self, request: str) -> bool:
        return os.path.exists(os.path.join(self.run_dir, request))

    def _status(self, started_ms: int, ended_ms: int) -> dict[str, object]:
        everyone = [*self.companions, self.main] if self.main else self.companions
        code = self.main.exit_code if self.main else None
        blamed = self.blamed or self.main
        return {
            "job": self.spec["job"],
            "fence": self.spec["fence"],
            "reason": self.reason,
            "message": self.message or self.logbook.problem,
            "exit_code": code,
            "signal": code - 128 if code and code > 128 else None,
            "started": started_ms,
            "ended": ended_ms,
            "max_rss_bytes": max((child.max_rss_bytes for child in everyone), default=0),
            "cpu_seconds": round(sum(child.cpu_seconds for child in everyone), 3),
            "tail": blamed.stream.tail() if blamed else [],
        }


def own_end(main: Child, memory_limit_bytes: int | None) -> tuple[str, str | None]:
    """The reason and message for a main program that nobody made end."""
    last = next((line for line in reversed(main.stream.tail()) if line.strip()), "")
    unborn = main.exit_code == CANNOT_START and last.startswith("cannot start ")
    if unborn or (main.sandboxed and (not main.reported_exit or last.startswith("bwrap: "))):
        return "StartFailed", last or None
    if not memory_limit_bytes or not main.exit_code:
        return "Exited", None
    refused = any(word in last for word in OUT_OF_MEMORY_WORDS)
    killed = main.exit_code == 128 + signal.SIGKILL and main.max_rss_bytes > 0.9 * memory_limit_bytes
    if refused or killed:
        return "OutOfMemory", f"the job asked for more memory than the {_gibibytes(memory_limit_bytes)} it may use"
    return "Exited", None


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _gibibytes(size_bytes: int) -> str:
    return f"{size_bytes / 1024**3:.2f} GiB"
