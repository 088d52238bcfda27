"""Writes the three forms of the report into the job's output folder."""

from __future__ import annotations

from pathlib import Path

from .document import write_pdf
from .facts import Facts
from .notebook import notebook
from .page import html_page


def write_reports(facts: Facts, folder: Path) -> None:
    """Write `<name>.html`, `<name>.ipynb` and `<name>.pdf`, where the name is the configured one or `report`."""
    name = Path(facts.name).name
    (folder / f"{name}.html").write_text(html_page(facts), encoding="utf-8")
    (folder / f"{name}.ipynb").write_text(notebook(facts), encoding="utf-8")
    write_pdf(facts, folder / f"{name}.pdf")
