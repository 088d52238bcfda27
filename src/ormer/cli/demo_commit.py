"""The demo's commit: a person clones the model-building repository, changes a hyperparameter and pushes."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

import click

from ormer.cli.env import git_variables
from ormer.config import Config

FILE = "pipelines/abalone/pipeline.py"
ROUNDS = re.compile(r'("num_round": )(\d+)')
FIRST, STEP, LAST = 70, 20, 150
AUTHOR = ("-c", "user.name=ormer demo", "-c", "user.email=demo@ormer.invalid")


def push(config: Config, repository: str) -> tuple[str, str]:
    """(id, message) of a commit that trains for another number of rounds. ClickException with git's words."""
    address = f"https://git-codecommit.{config.region}.amazonaws.com/v1/repos/{repository}"
    with tempfile.TemporaryDirectory(prefix="ormer-demo-") as folder:
        clone = Path(folder) / repository
        _git(config, Path(folder), "clone", "--quiet", address, str(clone))
        file = clone / FILE
        text = file.read_text()
        found = ROUNDS.search(text)
        if found is None:
            raise click.ClickException(f"There is no num_round in {FILE} of {repository}.")
        rounds = next_rounds(int(found[2]))
        file.write_text(ROUNDS.sub(rf"\g<1>{rounds}", text, count=1))
        message = f"Train for {rounds} rounds instead of {found[2]}"
        _git(config, clone, *AUTHOR, "commit", "--quiet", "--all", "--message", message)
        _git(config, clone, "push", "--quiet", "origin", "HEAD:main")
        return _git(config, clone, "rev-parse", "HEAD").strip(), message


def next_rounds(now: int) -> int:
    """Another number of rounds than now: 70 after the first 50, then 20 more each time, and from the start again."""
    return FIRST if now < FIRST or now >= LAST else now + STEP


def _git(config: Config, folder: Path, *words: str) -> str:
    """What git prints. It finds repositories here by the variables that `ormer env` prints."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "GIT_"))}
    environment = {
        **kept,
        **git_variables(config, {}),
        "ORMER_HOME": str(config.home),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
    ended = subprocess.run(["git", *words], cwd=folder, env=environment, capture_output=True, text=True)
    if ended.returncode:
        raise click.ClickException(f"git {words[0]} failed: {ended.stderr.strip()}")
    return ended.stdout
