"""One run of the analyzer: `run.py model_monitor process`."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from . import data_quality, model_quality
from .choices import COMPLETED_TEXT, VIOLATED_TEXT
from .documents import write_document
from .mistakes import ClientError
from .scripts import run_postprocessor
from .settings import CONTAINER_ROOT, Settings, message_path, read_settings


def main(root: Path = CONTAINER_ROOT, environ: Mapping[str, str] = os.environ) -> int:
    """Analyze as `environ` says, with `root` standing for /opt/ml. Returns 0, or 1 after a user's mistake.

    Writes statistics.json, constraints.json and, given a baseline, constraint_violations.json to output_path, and the
    outcome in one sentence to output/message, which becomes the job's ExitMessage."""
    try:
        message = run(read_settings(root, environ))
    except ClientError as error:
        _say(message_path(root), f"ClientError: {error}")
        print(f"ClientError: {error}", file=sys.stderr)
        return 1
    _say(message_path(root), message)
    print(message)
    return 0


def run(settings: Settings) -> str:
    """Do the analysis, write its files and call the user's post-analytics script. Returns the outcome's sentence."""
    analysis = model_quality if settings.analysis_type == "MODEL_QUALITY" else data_quality
    statistics, constraints, violations = analysis.analyze(settings)
    write_document(settings.output_path / "statistics.json", statistics)
    write_document(settings.output_path / "constraints.json", constraints)
    if violations is not None:
        write_document(settings.output_path / "constraint_violations.json", {"violations": violations})
    if settings.post_analytics_processor_script is not None:
        run_postprocessor(settings.post_analytics_processor_script)
    return VIOLATED_TEXT.format(count=len(violations)) if violations else COMPLETED_TEXT


def _say(path: Path, message: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(message)


if __name__ == "__main__":
    sys.exit(main())
