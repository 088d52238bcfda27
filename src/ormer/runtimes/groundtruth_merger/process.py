"""One merge: `run.py groundtruth_merger process`.

Every answer within [start_time, end_time) that has ground truth becomes a line of
`<output_path>/<endpoint>/<variant>/YYYY/MM/DD/HH/part-0000N-<id>.c000.jsonl`; answers without are left out.
"""

import json
import os
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Dict, List, Optional

from .answers import Answer, captured_answers, transformed_answers, variant_folder
from .labels import read_labels
from .mistakes import ClientError

ROOT = Path("/opt/ml")
NO_DATA = "Job inputs had no data: no answer within the window has ground truth."


def main(root: Path = ROOT, environ: Mapping[str, str] = os.environ) -> int:
    """Merge as `environ` says, with `root` standing for /opt/ml. Returns 0, or 1 after a user's mistake."""
    message = root / "output" / "message"
    message.parent.mkdir(parents=True, exist_ok=True)
    try:
        count = merge(root, environ)
    except ClientError as error:
        message.write_text(f"ClientError: {error}")
        print(f"ClientError: {error}", file=sys.stderr)
        return 1
    text = f"Completed: {count} answers merged with their ground truth."
    message.write_text(text)
    print(text)
    return 0


def merge(root: Path, environ: Mapping[str, str]) -> int:
    """Write the merged files. Returns how many answers had ground truth. Raises ClientError when none had."""
    form = _form(environ.get("dataset_format", ""))
    labels = read_labels(below(root, environ["ground_truth_source"]))
    source = below(root, environ["dataset_source"])
    captured = "sagemakerCaptureJson" in form
    start, end = _moment(environ.get("start_time")), _moment(environ.get("end_time"))
    merged: Dict[str, List[str]] = {}
    for answer in captured_answers(source) if captured else transformed_answers(source, form):
        moment = _moment(answer.time)
        # A transform's rows belong to the window of their manifest, whenever they were named.
        outside = captured and moment and start and end and not start <= moment < end
        if answer.id not in labels or outside:
            continue
        hour = (moment or start).strftime("%Y/%m/%d/%H") if moment or start else None
        folder = variant_folder(answer, environ.get("merged_folder", ""), hour)
        merged.setdefault(folder, []).append(_line(answer, labels[answer.id]))
    if not merged:
        raise ClientError(NO_DATA)
    _write(below(root, environ.get("output_path", "/opt/ml/processing/output")), merged, environ.get("merge_id", "0"))
    return sum(map(len, merged.values()))


def below(root: Path, path: str) -> Path:
    """The container path `path` where `root` stands for /opt/ml."""
    given = Path(path)
    return root / given.relative_to(ROOT) if given.is_relative_to(ROOT) else given


def _form(text: str) -> Dict[str, Any]:
    try:
        form = json.loads(text)
    except ValueError:
        form = None
    if not isinstance(form, dict):
        raise ClientError(f"The environment variable dataset_format must be a JSON object; it is {text!r}.")
    return form


def _moment(text: Optional[str]) -> Optional[datetime]:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise ClientError(f"{text!r} is not a time such as 2026-03-01T12:00:00Z.") from None


def _line(answer: Answer, truth: Dict[str, Any]) -> str:
    record = {
        "eventVersion": "0",
        "groundTruthData": truth,
        "captureData": answer.captured,
        "eventMetadata": answer.metadata,
    }
    return json.dumps(record)


def _write(output: Path, merged: Mapping[str, List[str]], name: str) -> None:
    for number, (folder, lines) in enumerate(sorted(merged.items())):
        target = output / folder / f"part-{number:05d}-{name}.c000.jsonl"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
