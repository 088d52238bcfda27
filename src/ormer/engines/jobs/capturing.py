"""What a batch transform captures for its monitors: which objects went in and which came out, as manifests by the hour.

    <DestinationS3Uri>/input/YYYY/MM/DD/HH/<uuid>.json     [{"prefix": "s3://bucket/folder/"}, "a.csv", ...], or
                                                           [{"prefix": "s3://bucket/folder/a.csv"}, ""]
    <DestinationS3Uri>/output/YYYY/MM/DD/HH/<uuid>.json    the same of the outputs

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-batch.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from ormer.engines.jobs import data
from ormer.engines.jobs.contracts import Stage
from ormer.engines.jobs.plans import CAPTURE


def manifests(stage: Stage, inputs: Sequence[str], outputs: Sequence[str]) -> list[data.Written]:
    """The manifests of a job that captures its data; none for others and when nothing was transformed.

    inputs: addresses. outputs: paths below the job's S3OutputPath.
    """
    place = next((each for each in stage.plan.destinations if each.name == CAPTURE), None)
    if place is None or not inputs:
        return []
    hour = datetime.fromtimestamp(stage.stores.clock.now(), UTC).strftime("%Y/%m/%d/%H")
    # The same however often the job is collected.
    name = f"{hour}/{uuid.uuid5(uuid.NAMESPACE_OID, stage.job_id)}.json"
    below = stage.plan.destinations[0].uri.rstrip("/") + "/"
    given = stage.plan.sources[0].uri
    # A job that was given one object's own address says that address, and nothing is left to name behind it.
    prefix = given if list(inputs) == [given] else common_folder(inputs)
    return [
        data.write_bytes(stage.stores.objects, content, place, f"{side}/{name}")
        for side, content in (
            ("input", manifest(prefix, inputs)),
            ("output", manifest(below, [below + path for path in outputs])),
        )
    ]


def manifest(prefix: str, uris: Iterable[str]) -> bytes:
    """A manifest of objects that lie below a prefix."""
    return json.dumps([{"prefix": prefix}, *[uri[len(prefix) :] for uri in uris]]).encode()


def common_folder(uris: Sequence[str]) -> str:
    """The longest address ending in a slash that all of them begin with."""
    folder = uris[0][: uris[0].rfind("/") + 1]
    while not all(uri.startswith(folder) for uri in uris):
        folder = folder[: folder.rfind("/", 0, -1) + 1]
    return folder
