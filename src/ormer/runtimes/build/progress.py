"""How far a build is, as a file that is whole at any moment, and as lines like CodeBuild's own."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any, Dict, List, Optional

SUCCEEDED, FAILED = "SUCCEEDED", "FAILED"


class Progress:
    """The phases so far. Times are seconds since the epoch."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.phases: List[Dict[str, Any]] = []
        self.exported: List[Dict[str, str]] = []
        self.artifacts: List[Dict[str, Any]] = []
        self.packages: List[str] = []
        self.succeeding = True

    def enter(self, phase: str) -> None:
        """Begin a phase."""
        self.phases.append({"phaseType": phase, "startTime": time.time(), "contexts": []})
        say("Entering phase {}".format(phase))
        self.write()

    def leave(self, code: str = "", message: str = "", phase_ok: Optional[bool] = None) -> None:
        """End the phase; it failed when there is a code. phase_ok: another verdict on the phase."""
        phase = self.phases[-1]
        ended = time.time()
        ok = (not code) if phase_ok is None else phase_ok
        phase.update(endTime=ended, durationInSeconds=int(ended - phase["startTime"]))
        phase["phaseStatus"] = SUCCEEDED if ok else FAILED
        if code:
            phase["contexts"].append({"statusCode": code, "message": message})
        say("Phase complete: {} State: {}".format(phase["phaseType"], phase["phaseStatus"]))
        say("Phase context status code: {} Message: {}".format(code, message.partition("\n")[0]))
        self.write()

    def write(self) -> None:
        """Put everything into the file, whole or not at all."""
        draft = self._file.with_name(self._file.name + ".draft")
        content = {
            "phases": self.phases,
            "exported": self.exported,
            "artifacts": self.artifacts,
            "packages": self.packages,
            "succeeding": self.succeeding,
        }
        draft.write_text(json.dumps(content))
        os.replace(str(draft), str(self._file))


def say(text: str) -> None:
    """One line of the build's own."""
    print("[Container] {} {}".format(time.strftime("%Y/%m/%d %H:%M:%S", time.gmtime()), text), flush=True)
