"""Homes for servers that die: they share built runtimes, and nothing else."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

BUDGET_SECONDS = 480.0


@pytest.fixture(scope="session")
def runtimes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where built runtimes are kept for all homes; for good in ORMER_TEST_RUNTIMES."""
    given = os.environ.get("ORMER_TEST_RUNTIMES")
    return Path(given).absolute() if given else tmp_path_factory.mktemp("runtimes")


@pytest.fixture
def new_home(tmp_path: Path, runtimes: Path) -> Callable[[str], Path]:
    """Makes a home by name, with the shared runtimes in it."""

    def make(name: str) -> Path:
        home = tmp_path / name
        home.mkdir(mode=0o700)
        (home / "runtimes").symlink_to(runtimes)
        return home

    return make


@pytest.fixture(scope="session")
def everything() -> bool:
    """Whether every point is to be killed, however long it takes: ORMER_CRASH_ALL=1."""
    return os.environ.get("ORMER_CRASH_ALL", "") not in ("", "0")


@pytest.fixture(scope="session")
def budget_seconds() -> float:
    """How long the sample of commit points may take: ORMER_CRASH_SECONDS."""
    return float(os.environ.get("ORMER_CRASH_SECONDS", BUDGET_SECONDS))


@pytest.fixture(scope="session")
def seed() -> int:
    """Which sample is drawn: ORMER_CRASH_SEED."""
    return int(os.environ.get("ORMER_CRASH_SEED", "7"))


# (the home, where to kill) -> (commits of the last server, how many were killed).
Story = Callable[[Path, Sequence[str]], tuple[int, int]]


@pytest.fixture
def killed_at_commits(
    new_home: Callable[[str], Path], everything: bool, seed: int, capsys: pytest.CaptureFixture[str]
) -> Callable[[Story, str, int], None]:
    """Tells a story once undisturbed, then again and again, each time killing the server at another commit.

    what: what the story is of. sample: how many points are drawn of those before and after every commit.
    """

    def tell(story: Story, what: str, sample: int) -> None:
        commits, _ = story(new_home("undisturbed"), [])
        points = [f"{side}:{number}" for number in range(1, commits + 1) for side in ("before", "after")]
        if not everything:
            points = random.Random(seed).sample(points, min(sample, len(points)))
        killed = 0
        for number, point in enumerate(points):
            _, deaths = story(new_home(f"story-{number}"), [point])
            killed += deaths
        with capsys.disabled():
            print(f"\n{len(points)} stories of {2 * commits} points of {what}, {killed} kills, seed {seed}")
        assert killed

    return tell
