"""The shell of a build: commands are run one after another, and what they change of the shell stays (buildspec 0.2).

A driver script reads names of command files from one descriptor, sources each, and writes its exit status to another.
A command that ends the shell ends only itself: the next one finds its variables and folder again in a new shell.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
from collections import deque
from pathlib import Path
from typing import Dict, List, Mapping, Optional

CHUNK_BYTES = 65536
TAIL_LINES = 8
TAIL_CHARACTERS = 1200
DRIVER = """\
__ormer_end() { __ormer_code=$?; export -p > "$ORMER_SHELL_STATE/env.sh"; pwd > "$ORMER_SHELL_STATE/dir.txt"; }
trap __ormer_end EXIT
if [ -e "$ORMER_SHELL_STATE/env.sh" ]; then
  . "$ORMER_SHELL_STATE/env.sh"
  cd "$(cat "$ORMER_SHELL_STATE/dir.txt")"
fi
while IFS= read -r __ormer_file <&%d; do
  . "$__ormer_file"
  printf '%%s\\n' "$?" >&%d
done
"""


class Shell:
    """One build's shell. name: "sh" or "bash". state: a folder of its own. fresh: a new shell for every command."""

    def __init__(self, name: str, environment: Mapping[str, str], folder: Path, state: Path, fresh: bool) -> None:
        self._name = name
        self._environment = {**environment, "ORMER_SHELL_STATE": str(state)}
        self._folder = folder
        self._state = state
        self._fresh = fresh
        self._process: Optional["subprocess.Popen[bytes]"] = None
        self._orders, self._answers = -1, -1
        self._number = 0
        self._tail: "deque[str]" = deque(maxlen=TAIL_LINES)
        self._partial = b""
        state.mkdir(parents=True, exist_ok=True)

    def run(self, command: str, echo: bool = True) -> int:
        """Run one command to its end; returns its exit status. Its output goes to ours, unless `echo` is False."""
        self._tail.clear()
        if self._process is None:
            self._start()
        assert self._process is not None
        self._number += 1
        file = self._state / "command-{}.sh".format(self._number)
        file.write_text(command + "\n")
        os.write(self._orders, "{}\n".format(file).encode())
        status = self._listen(echo)
        file.unlink()
        if self._fresh:
            self.close()
            (self._state / "env.sh").unlink(missing_ok=True)
        return status

    def tail(self) -> str:
        """The last lines that the last command wrote."""
        return "\n".join(self._tail)[-TAIL_CHARACTERS:]

    def variables(self) -> Dict[str, str]:
        """The variables the shell exports now."""
        target = self._state / "variables"
        self.run('env -0 > "{}"'.format(target), echo=False)
        pairs = target.read_bytes().decode("utf-8", "replace").split("\0")
        return dict(pair.partition("=")[::2] for pair in pairs if "=" in pair)

    def expanded(self, texts: List[str]) -> List[str]:
        """Texts as the shell reads them in double quotes: variables and command substitutions have their values."""
        target = self._state / "expanded"
        lines = ['printf "%s\\0" "{}"'.format(text.replace('"', '\\"')) for text in texts]
        if not texts or self.run('{{\n{}\n}} > "{}"'.format("\n".join(lines), target), echo=False):
            return texts
        return target.read_bytes().decode("utf-8", "replace").split("\0")[: len(texts)]

    def close(self) -> None:
        """End the shell; what it keeps for the next one is on the disk then."""
        if self._process is None:
            return
        os.close(self._orders)
        self._process.wait()
        self._drain(True)
        self._forget()

    def _start(self) -> None:
        orders_read, self._orders = os.pipe()
        self._answers, answers_write = os.pipe()
        driver = self._state / "driver.sh"
        driver.write_text(DRIVER % (orders_read, answers_write))
        program = "/bin/bash" if os.access("/bin/bash", os.X_OK) else "/bin/sh"
        self._process = subprocess.Popen(
            [self._name, str(driver)],
            executable=program,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self._environment,
            cwd=str(self._folder),
            pass_fds=(orders_read, answers_write),
        )
        os.close(orders_read)
        os.close(answers_write)
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)

    def _listen(self, echo: bool) -> int:
        """Carry output until the command has answered, or the shell itself has ended."""
        assert self._process is not None and self._process.stdout is not None
        output = self._process.stdout.fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            selector.register(self._answers, selectors.EVENT_READ)
            while True:
                ready = {key.fd for key, _ in selector.select()}
                if output in ready and not self._drain(echo):
                    selector.unregister(output)
                if self._answers in ready:
                    answer = os.read(self._answers, 64)
                    self._drain(echo)
                    self._flush()
                    if answer:
                        return int(answer)
                    status = self._process.wait()
                    os.close(self._orders)
                    self._forget()
                    return status if status >= 0 else 128 - status

    def _forget(self) -> None:
        assert self._process is not None and self._process.stdout is not None
        os.close(self._answers)
        self._process.stdout.close()
        self._process = None

    def _drain(self, echo: bool) -> bool:
        """Carry what is there; False when nobody can write any more."""
        assert self._process is not None and self._process.stdout is not None
        while True:
            try:
                chunk = os.read(self._process.stdout.fileno(), CHUNK_BYTES)
            except BlockingIOError:
                return True
            if not chunk:
                return False
            if echo:
                sys.stdout.buffer.write(chunk)
                sys.stdout.buffer.flush()
            *whole, self._partial = (self._partial + chunk).split(b"\n")
            self._tail.extend(line.decode("utf-8", "replace").rstrip() for line in whole if line.strip())

    def _flush(self) -> None:
        if self._partial.strip():
            self._tail.append(self._partial.decode("utf-8", "replace").rstrip())
        self._partial = b""
