"""The batch transform driver: reads its job from /opt/ml/config, asks the model servers, writes one .out per object.

Requests of all objects run side by side, up to MaxConcurrentTransforms; answers are written in the order of the
records. What is held in memory is one payload more than that, however large the objects are.
"""

from __future__ import annotations

import json
import os
import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Deque, Iterable, List, Mapping, Optional, Tuple

from ..serving.client import Predictor, ServerNotReady, ServerUnreachable
from ..toolkit.contract import DEFAULT_ROOT, base_dir
from ..toolkit.failures import UserError, write_failure
from .asking import Model, ServerGone, TransformFailed, say
from .csv_rows import allow_long_cells
from .objects import Asked, Input, ObjectTransform
from .processing import Processing, read_processing
from .settings import Settings, read_settings

CONFIG_NAME = "transformjobconfig.json"
SERVER_START_SECONDS_MAX = 600.0
"""How long a model may take to load before the job fails; the toolkits' own limit."""


def main(root: Path = DEFAULT_ROOT, environ: Optional[Mapping[str, str]] = None) -> int:
    """Runs the transform job under root; returns 0, or 1 with the reason in output/failure and on standard error.

    An object that cannot be transformed does not keep the others from it: their outputs are there all the same.
    """
    base = base_dir(root, os.environ if environ is None else environ)
    allow_long_cells()
    try:
        job = json.loads((base / "config" / CONFIG_NAME).read_text(encoding="utf-8"))
        with Predictor(job["Servers"]) as predictor:
            processing = read_processing(job["Request"])
            predictor.wait_ready(SERVER_START_SECONDS_MAX)
            settings = read_settings(job["Request"], predictor.execution_parameters())
            say(settings.describe())
            failures = transform(_inputs(job), settings, processing, Model(predictor, settings))
    except (UserError, ServerNotReady, ServerUnreachable) as error:
        failures = [TransformFailed("ClientError: {}".format(error))]
    if not failures:
        return 0
    reason = str(failures[0])
    if len(failures) > 1:
        reason += " ({} more of the objects failed, the log says why)".format(len(failures) - 1)
    print(reason, file=sys.stderr, flush=True)
    write_failure(base, reason)
    return 1


def transform(
    inputs: Iterable[Input], settings: Settings, processing: Processing, model: Model
) -> List[TransformFailed]:
    """Transforms the objects in order; returns why objects failed, the first to fail first."""
    pending: Deque[Tuple[ObjectTransform, Optional[Asked]]] = deque()
    failures: List[TransformFailed] = []

    def settle(requests_max: int) -> None:
        """Take in what has been asked for longest, until at most so many requests are under way."""
        while pending and (requests_max == 0 or sum(asked is not None for _, asked in pending) > requests_max):
            one, asked = pending.popleft()
            if asked is not None:
                one.write(asked)
                continue
            one.finish()
            if one.failure is not None:
                say(str(one.failure))
                failures.append(one.failure)

    with ThreadPoolExecutor(settings.concurrency) as pool:
        for each in inputs:
            one = ObjectTransform(each, settings, processing, model)
            for asked in one.requests(pool):
                pending.append((one, asked))
                settle(settings.concurrency)
            pending.append((one, None))
            if any(isinstance(failure, ServerGone) for failure in failures):
                break
        settle(0)
    return failures


def _inputs(job: Mapping[str, Any]) -> List[Input]:
    folder = Path(job["OutputDir"])
    return [Input(each["Key"], Path(each["Path"]), folder / each["Output"]) for each in job["Inputs"]]
