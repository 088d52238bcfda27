"""Answering without a server: a built-in model whose flat form gives the very bytes its server would.

The server writes the flat form before it answers its first ping. It is copied beside the fleet's model, built into an
evaluator, and the server may stand by. After a restart the evaluator is built from that copy again, without a server.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from ormer.engines.hosting.crews import Crew
from ormer.engines.hosting.folders import FLAT, EndpointFolder
from ormer.engines.hosting.instances import may_evaluate
from ormer.engines.hosting.laying import Laid
from ormer.engines.hosting.records import Fleet, State, changed
from ormer.engines.hosting.routes import Evaluator
from ormer.engines.hosting.trees import NotFlat
from ormer.engines.jobs.folders import HostFolder, regular_files, remove

# (the flat form's folder, the variables its server runs with) -> what answers. Raises NotFlat.
Build = Callable[[Path, Mapping[str, str]], Evaluator]


def open_question(fleet: Fleet, crew: Crew, laid: Laid) -> bool:
    """Whether it is not known yet, or not built yet, how the fleet's model answers."""
    return fleet.evaluates is not False and fleet.number not in crew.evaluators and may_evaluate(fleet, laid)


def settle(build: Build, crew: Crew, fleet: Fleet, laid: Laid, folder: EndpointFolder, host: HostFolder | None) -> str:
    """Build the evaluator when the flat form is there. host: an instance that serves, whose flat form may be taken.

    Returns why only the server can answer, "" otherwise.
    """
    kept = folder.flat(fleet)
    if fleet.evaluates is None:
        if host is None:
            return ""
        _copy(host.server(0) / FLAT, kept)
    try:
        evaluator = build(kept, {**laid.images[0].environment, **fleet.containers[0].environment})
    except NotFlat as error:
        crew.unflat.add(fleet.number)
        return str(error)
    crew.evaluators[fleet.number] = evaluator
    return ""


def noted(state: State, crew: Crew) -> State:
    """The state with what was found out about fleets' models."""
    fleets = []
    for fleet in state.fleets:
        if fleet.number in crew.evaluators and not fleet.evaluates:
            fleets.append(changed(fleet, evaluates=True))
        elif fleet.number in crew.unflat and fleet.evaluates is not False:
            fleets.append(changed(fleet, evaluates=False))
    return state.replacing(*fleets)


def _copy(source: Path, target: Path) -> None:
    """The regular files of a folder that the server wrote; links and the like are passed over."""
    remove(target)
    target.mkdir(parents=True)
    for path, descriptor in regular_files(source):
        place = target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.dup(descriptor), "rb") as reader, place.open("wb") as writer:
            shutil.copyfileobj(reader, writer)
