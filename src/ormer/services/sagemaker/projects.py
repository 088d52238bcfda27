"""Projects: what the SDK asks about them while it tags a pipeline."""

from __future__ import annotations

from ormer.stores.nouns import Noun

PROJECT = Noun(
    "Project",
    name="ProjectName",
    arn="project/{name}",
    plural="ProjectSummaryList",
    missing=("ValidationException", "Project {name} does not exist."),
)
describe_project, list_projects = PROJECT.crud("describe list")
