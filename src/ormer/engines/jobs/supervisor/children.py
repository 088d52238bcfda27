"""One supervised program: how it is started, heard, signalled and buried."""

import contextlib
import json
import os
import resource
import signal
from typing import Any

from . import meters
from .logbook import Logbook, Stream

STATUS_FD = 3  # where a sandbox that reports its inner process writes, see sandbox/contract.py
READ_BYTES = 256 * 1024
CANNOT_START = 127


class Child:
    """A program inside its sandbox. `exit_code` is None while it runs; then the code or 128 + signal."""

    def __init__(self, plan: dict[str, Any], limits: dict[str, Any], logbook: Logbook) -> None:
        self.plan = plan
        self.name: str = plan["name"]
        self.stream = Stream(self.name, logbook)
        self.exit_code: int | None = None
        self.max_rss_bytes = 0
        self.cpu_seconds = 0.0
        self.inner_pid: int | None = None
        self.reported_exit = False
        self._report = b""
        self.output, output_end = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self.report, report_end = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        os.set_blocking(output_end, True)
        self.pid = os.fork()
        if self.pid == 0:
            _become(plan, limits, output_end, report_end)
        os.close(output_end)
        os.close(report_end)
        self.pidfd = os.pidfd_open(self.pid)

    @property
    def sandboxed(self) -> bool:
        return bool(self.plan["reports_status"])

    @property
    def root_pid(self) -> int:
        """The process whose descendants are the job: the sandbox's own first process, or the program itself."""
        return self.inner_pid or self.pid

    def hear(self) -> bool:
        """Take in one read of output; False when the program has closed it."""
        chunk = _read(self.output)
        if chunk:
            self.stream.feed(chunk)
        return chunk != b""

    def learn(self) -> bool:
        """Read the sandbox's report: JSON lines with `child-pid`, later `exit-code`. False when it is closed."""
        chunk = _read(self.report)
        self._report += chunk or b""
        *whole, self._report = self._report.split(b"\n")
        for line in whole:
            said = json.loads(line)
            self.inner_pid = said.get("child-pid", self.inner_pid)
            self.reported_exit = self.reported_exit or "exit-code" in said
        return chunk != b""

    def bury(self) -> None:
        """Collect the ended process: its exit code, processor time and peak memory; the last of its output."""
        _, status, usage = os.wait4(self.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        self.exit_code = 128 - code if code < 0 else code
        self._charge(usage)
        self.learn()
        if self.inner_pid:
            with contextlib.suppress(ChildProcessError):  # bubblewrap was quicker and buried it itself
                self._charge(os.wait4(self.inner_pid, 0)[2])
        if not self.sandboxed:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)  # what the program left behind in its process group
        while chunk := _read(self.output):
            self.stream.feed(chunk)
        self.stream.close()
        for descriptor in (self.output, self.report, self.pidfd):
            os.close(descriptor)

    def _charge(self, usage: resource.struct_rusage) -> None:
        self.max_rss_bytes = max(self.max_rss_bytes, usage.ru_maxrss * 1024)
        self.cpu_seconds += usage.ru_utime + usage.ru_stime

    def ask_to_stop(self) -> bool:
        """SIGTERM to the program itself: the sandbox process would die of it at once and take the program along.

        False when the program is not there yet, so that the caller asks again."""
        targets = [self.pid]
        if self.sandboxed:
            self.learn()
            targets = meters.children(self.inner_pid) if self.inner_pid else []
        for target in targets:
            with contextlib.suppress(ProcessLookupError):
                os.kill(target, signal.SIGTERM)
        return bool(targets)

    def kill(self) -> None:
        """SIGKILL. With a process namespace the kernel takes everything in it along."""
        if not self.sandboxed:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        for target in (self.inner_pid, self.pid):
            if target and self.exit_code is None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(target, signal.SIGKILL)

    def memory_bytes(self) -> int:
        folders = ("/", "/dev") if self.inner_pid else ()
        used = meters.memory_bytes(self.root_pid, folders)
        self.max_rss_bytes = max(self.max_rss_bytes, used)
        return used


def _become(plan: dict[str, Any], limits: dict[str, Any], output: int, report: int) -> None:
    """In the forked child: limits, descriptors, then the program. Never returns."""
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        report, output = _above(report), _above(output)
        os.dup2(nothing, 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        if plan["reports_status"]:
            os.dup2(report, STATUS_FD)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGPIPE, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        _limit(limits)
        os.chdir(plan["cwd"])
        os.execve(plan["argv"][0], plan["argv"], plan["env"])
    except OSError as error:
        os.write(2, f"cannot start {plan['argv'][0]}: {error.strerror}\n".encode())
    finally:
        os._exit(CANNOT_START)


def _above(descriptor: int) -> int:
    """A copy that no fixed number below will overwrite."""
    while descriptor <= STATUS_FD:
        descriptor = os.dup(descriptor)
    return descriptor


def _limit(limits: dict[str, Any]) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if limits["memory_bytes"]:
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        wanted = limits["memory_bytes"] + limits["reserved_bytes"]
        wanted = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (wanted, wanted))
    cores = sorted(os.sched_getaffinity(0))
    share = limits["cpus"]
    if share and share < len(cores):
        first = os.getpid() * share  # process ids move on, so neighbours start on different cores
        os.sched_setaffinity(0, {cores[(first + step) % len(cores)] for step in range(share)})


def _read(descriptor: int) -> bytes | None:
    """What is there: b"" at the end, None when nothing has arrived."""
    try:
        return os.read(descriptor, READ_BYTES)
    except BlockingIOError:
        return None
