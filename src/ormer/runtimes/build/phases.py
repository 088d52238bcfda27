"""The phases of a buildspec: which commands run, which failure ends what.

https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details.html#view-build-details-phases

A failure in INSTALL or PRE_BUILD ends the build; after a failure in BUILD, POST_BUILD still runs and artifacts are
still uploaded. `on-failure` changes that.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List

from .progress import Progress, say
from .shells import Shell

NAMES = ("install", "pre_build", "build", "post_build")
RETRIES = 3
CODE = "COMMAND_EXECUTION_ERROR"
# What people run that needs a Docker daemon.
DOCKER = re.compile(r"(?:^|[\s;&|(])(?:docker|dockerd|podman)(?:\s|$)")
NO_DOCKER = "There is no Docker engine inside builds: build the image elsewhere, or map it with `ormer images add`."


def run_all(spec: Dict[str, Any], shell: Shell, progress: Progress) -> bool:
    """Run every phase that is due; False when the build must not go on to its artifacts."""
    for name in NAMES:
        phase = spec["phases"][name]
        on_failure = phase["on_failure"]
        progress.enter(name.upper())
        shell.run(_told(progress), echo=False)
        message = _attempts(phase, on_failure, shell)
        if not message:
            progress.leave()
            continue
        if on_failure == "CONTINUE":
            progress.leave(CODE, message, phase_ok=False)
            continue
        progress.succeeding = False
        progress.leave(CODE, message)
        if on_failure == "ABORT" or name in ("install", "pre_build"):
            return False
    return True


def _told(progress: Progress) -> str:
    return "export CODEBUILD_BUILD_SUCCEEDING={}".format(1 if progress.succeeding else 0)


def _attempts(phase: Dict[str, Any], on_failure: str, shell: Shell) -> str:
    """Run a phase, again where `on-failure` says so; "" when it succeeded."""
    message = _once(phase, shell)
    if not on_failure.startswith("RETRY"):
        return message
    word = on_failure[len("RETRY") :].lstrip("-")
    times = int(word) if word.isdigit() else RETRIES
    for _ in range(times):
        if not message or (word and not word.isdigit() and not re.search(word, message)):
            break
        say("Retrying the phase after a failed command")
        message = _once(phase, shell)
    return message


def _once(phase: Dict[str, Any], shell: Shell) -> str:
    """The commands up to the first that fails, then those of `finally`, whatever happened."""
    message = _commands(phase["commands"], shell)
    afterwards = _commands(phase["finally"], shell)
    return message or afterwards


def _commands(commands: List[str], shell: Shell) -> str:
    for command in commands:
        say("Running command {}".format(command.strip()))
        status = shell.run(command)
        if status:
            say("Command did not exit successfully {} exit status {}".format(command.strip(), status))
            return _explained(command.strip(), status, shell.tail())
    return ""


def _explained(command: str, status: int, tail: str) -> str:
    text = "Error while executing command: {}. Reason: exit status {}".format(command, status)
    if DOCKER.search(command):
        text += ". " + NO_DOCKER
    return text + ("\n" + tail if tail else "")
