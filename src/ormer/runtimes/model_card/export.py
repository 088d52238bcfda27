"""Make the PDF: read request.json, write card.pdf, then answer.json."""

from __future__ import annotations

import json
import os
from pathlib import Path

from .pages import write_pdf


def main(folder: Path = Path()) -> int:
    """Returns the exit code: 0 also for a content that makes no card, since that is an answer."""
    request = json.loads((folder / "request.json").read_text())
    try:
        content = json.loads(request["content"])
        write_pdf({**request, "content": content}, folder / "card.pdf")
        answer = {"kind": "done"}
    except RecursionError:
        answer = {"kind": "failed", "reason": "The card's content is nested too deeply to be laid out."}
    draft = folder / "answer.draft"
    draft.write_text(json.dumps(answer))
    os.replace(draft, folder / "answer.json")
    return 0
