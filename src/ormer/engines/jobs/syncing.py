"""Files that travel while a job runs: checkpoints, intermediate output and continuous outputs.

What a pass has seen is kept beside the job (`synced.json`, by size and modification time); losing it only makes the
next pass copy again. A checkpoint that the job deletes is deleted in S3.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from ormer.engines.jobs import data
from ormer.engines.jobs.data import Written
from ormer.engines.jobs.folders import HostFolder, regular_files
from ormer.engines.jobs.plans import Destination, Plan
from ormer.engines.worker import Work
from ormer.stores.objects.store import Objects

Seen = dict[str, list[int]]


def sync(work: Work, plan: Plan, hosts: list[HostFolder]) -> None:
    """Publish what has changed since the last pass, as the current holder of the job's task."""
    objects = work.stores.objects
    for host in hosts:
        memory = host.path / "synced.json"
        seen: Seen = json.loads(memory.read_text()) if memory.exists() else {}
        now: Seen = {}
        written = list(_changed(objects, plan, host, seen, now))
        gone = [name for name in seen if name not in now] if plan.checkpoints is not None else []
        if not written and not gone:
            continue
        with work.write():
            data.publish(objects, written)
            for name in gone:
                place, _, path = name.partition(":")
                if plan.checkpoints is not None and place == plan.checkpoints.name:
                    bucket, prefix = objects.parse_uri(plan.checkpoints.uri)
                    objects.delete(bucket, f"{prefix.rstrip('/')}/{path}" if prefix else path)
        _remember(memory, now)


def remaining(objects: Objects, plan: Plan, hosts: list[HostFolder]) -> list[Written]:
    """Everything of a training job's synchronised folders, durable, for the end of the job."""
    return [each for host in hosts for each in _changed(objects, plan, host, _seen(host), {})]


def _places(plan: Plan) -> list[Destination]:
    places = [each for each in plan.destinations if each.continuous]
    return [*places, plan.checkpoints] if plan.checkpoints is not None else places


def _changed(objects: Objects, plan: Plan, host: HostFolder, seen: Seen, now: Seen) -> Iterator[Written]:
    for place in _places(plan):
        bucket, prefix = objects.parse_uri(place.uri)
        for path, descriptor in regular_files(host.local(place.local)):
            state = os.fstat(descriptor)
            name, mark = f"{place.name}:{path}", [state.st_size, state.st_mtime_ns]
            now[name] = mark
            if seen.get(name) != mark:
                key = f"{prefix.rstrip('/')}/{path}" if prefix else path
                yield Written(bucket, key, data.contents_of(objects, descriptor))


def _seen(host: HostFolder) -> Seen:
    memory = host.path / "synced.json"
    found: Seen = json.loads(memory.read_text()) if memory.exists() else {}
    return found


def _remember(memory: Path, now: Seen) -> None:
    draft = memory.with_suffix(".draft")
    draft.write_text(json.dumps(now))
    draft.replace(memory)
