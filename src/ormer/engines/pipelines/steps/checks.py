"""What QualityCheck and ClarifyCheck steps share: one processing job that computes a new baseline and, unless the
check is skipped, compares with the previous one.

| SkipCheck | RegisterNewBaseline | compares | BaselineUsedForDriftCheck | previous baseline needed |
|-----------|---------------------|----------|---------------------------|--------------------------|
| false     | false               | yes      | previous                  | yes                      |
| false     | true                | yes      | new                       | yes                      |
| true      | false               | no       | previous                  | yes                      |
| true      | true                | no       | new                       | no                       |

The previous baseline is the supplied one, else that of the group's latest approved model package.
https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-quality-clarify-baseline-lifecycle.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ormer.aws.errors import AwsError
from ormer.engines.pipelines import objects
from ormer.engines.pipelines.definitions import Step
from ormer.engines.pipelines.expressions import Unresolved, text_of
from ormer.engines.pipelines.outcomes import Failed, Outcome, Succeeded, Waiting
from ormer.engines.pipelines.runs import Run
from ormer.engines.pipelines.steps import jobs

JsonDict = dict[str, Any]
# Where in a package's DriftCheckBaselines a check's previous baseline stands.
PLACES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "DATA_QUALITY": ("ModelDataQuality", {"Statistics": "Statistics", "Constraints": "Constraints"}),
    "MODEL_QUALITY": ("ModelQuality", {"Statistics": "Statistics", "Constraints": "Constraints"}),
    "DATA_BIAS": ("Bias", {"Constraints": "PreTrainingConstraints"}),
    "MODEL_BIAS": ("Bias", {"Constraints": "PostTrainingConstraints"}),
    "MODEL_EXPLAINABILITY": ("Explainability", {"Constraints": "Constraints"}),
}
# The analyzers read the previous baseline's local path from these variables.
VARIABLES: Mapping[str, str] = {"Statistics": "baseline_statistics", "Constraints": "baseline_constraints"}
LOCAL_FOLDER = "/opt/ml/processing/baseline"
VIOLATIONS_FILE = "constraint_violations.json"
VIOLATED_PREFIX = "CompletedWithViolations"
COMPLETED_PREFIX = "Completed"


@dataclass(frozen=True)
class Check:
    """A check step, resolved. previous: {"Statistics": URI, "Constraints": URI}, what there is of them."""

    type: str
    group: str
    skip: bool
    register_new: bool
    fail_on_violation: bool
    previous: Mapping[str, str]


@dataclass(frozen=True)
class Style:
    """How a kind of check differs. files: {"Statistics": file name, …} of the new baseline in the job's output.

    noun: its name in failure reasons. metadata: its member in Metadata.
    """

    files: Mapping[str, str]
    noun: str
    metadata: str


def start(step: Step, run: Run, style: Style, request: JsonDict) -> Outcome:
    """Create the job, with the previous baseline as further inputs when it is to be compared with."""
    check = resolved(step, run, style)
    if "Constraints" not in check.previous and not (check.skip and check.register_new):
        return Failed(_no_baseline(check), {style.metadata: _metadata(check)})
    if not check.skip:
        request = _with_baseline(request, check.previous)
    facts = {
        "check": {
            "previous": dict(check.previous),
            "skip": check.skip,
            "register_new": check.register_new,
            "fail_on_violation": check.fail_on_violation,
            "group": check.group,
        }
    }
    outcome = jobs.create(step, run, request, facts)
    if isinstance(outcome, Waiting):
        metadata = {style.metadata: {**_metadata(check), "CheckJobArn": outcome.made_arn}}
        return Waiting(outcome.made_arn, metadata, outcome.facts)
    return outcome


def finish(step: Step, run: Run, style: Style, described: JsonDict) -> Outcome:
    """The outcome: baselines as properties, and a failure when the job found violations that count."""
    check = _remembered(step, run)
    metadata = {**_metadata(check), "CheckJobArn": described["ProcessingJobArn"]}
    ended = jobs.failure(step, run, described, {style.metadata: metadata})
    if ended is not None:
        return ended
    folder = described["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    new = {part: objects.join(folder, file) for part, file in style.files.items()}
    used = new if check.register_new else check.previous
    baselines = {
        **{f"CalculatedBaseline{part}": uri for part, uri in new.items()},
        **{f"BaselineUsedForDriftCheck{part}": used[part] for part in style.files if part in used},
    }
    metadata |= baselines
    report = objects.join(folder, VIOLATIONS_FILE)
    if not check.skip and _violated(run, described, report):
        metadata["ViolationReport"] = report
        if check.fail_on_violation:
            return Failed(
                f"ClientError: {style.noun} check failed. See violation report: {report}", {style.metadata: metadata}
            )
    return Succeeded({**described, **baselines}, {style.metadata: metadata})


def resolved(step: Step, run: Run, style: Style) -> Check:
    """The step's flags and its previous baseline. Raises Unresolved."""
    group = run.resolve(step, step.raw.get("ModelPackageGroupName")) or ""
    kind = step.raw["CheckType"]
    supplied = {part: run.resolve(step, step.raw.get(f"SuppliedBaseline{part}")) for part in style.files}
    given = {part: text_of(uri) for part, uri in supplied.items() if uri}
    skip = _flag(step, run, "SkipCheck", False)
    register_new = _flag(step, run, "RegisterNewBaseline", False)
    needed = not (skip and register_new)
    previous = {**(_approved(run, kind, group) if needed and group and len(given) < len(style.files) else {}), **given}
    return Check(kind, group, skip, register_new, _flag(step, run, "FailOnViolation", True), previous)


def output_folder(request: JsonDict) -> str:
    """Where the job puts its results. Raises Unresolved when the step has no output."""
    try:
        return str(request["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"])
    except (KeyError, IndexError):
        raise Unresolved("The check has no ProcessingOutputConfig.Outputs[0].S3Output.S3Uri for its results.") from None


def _remembered(step: Step, run: Run) -> Check:
    kept = run.rows[step.name].facts["check"]
    return Check(
        step.raw["CheckType"],
        kept["group"],
        kept["skip"],
        kept["register_new"],
        kept["fail_on_violation"],
        kept["previous"],
    )


def _flag(step: Step, run: Run, name: str, default: bool) -> bool:
    value = run.resolve(step, step.raw.get(name))
    if value is None or value == "":
        return default
    if isinstance(value, bool):
        return value
    spelled = {"true": True, "false": False}.get(text_of(value).lower())
    if spelled is None:
        raise Unresolved(f"{name} must be true or false, not {value!r}.")
    return spelled


def _approved(run: Run, kind: str, group: str) -> dict[str, str]:
    """The baseline in the latest approved package of the group; {} without one."""
    wanted = {
        "ModelPackageGroupName": group,
        "ModelApprovalStatus": "Approved",
        "SortBy": "CreationTime",
        "SortOrder": "Descending",
        "MaxResults": 1,
    }
    try:
        found = run.call("sagemaker", "ListModelPackages", wanted)["ModelPackageSummaryList"]
    except AwsError as error:
        if error.code in ("ValidationException", "ResourceNotFound"):
            return {}
        raise
    if not found:
        return {}
    package = run.call("sagemaker", "DescribeModelPackage", {"ModelPackageName": found[0]["ModelPackageArn"]})
    member, parts = PLACES[kind]
    baselines = package.get("DriftCheckBaselines", {}).get(member, {})
    return {part: baselines[place]["S3Uri"] for part, place in parts.items() if baselines.get(place, {}).get("S3Uri")}


def _with_baseline(request: JsonDict, previous: Mapping[str, str]) -> JsonDict:
    """The job with the previous baseline's files staged, and their local paths in its environment."""
    inputs = list(request.get("ProcessingInputs", ()))
    environment = dict(request.get("Environment", {}))
    for part, uri in previous.items():
        variable = VARIABLES[part]
        folder = f"{LOCAL_FOLDER}/{part.lower()}"
        inputs.append(staged(variable, uri, folder))
        environment[variable] = f"{folder}/{uri.rsplit('/', 1)[-1]}"
    return {**request, "ProcessingInputs": inputs, "Environment": environment}


def staged(name: str, uri: str, folder: str) -> JsonDict:
    """A ProcessingInput that puts one object into a folder."""
    return {
        "InputName": name,
        "AppManaged": False,
        "S3Input": {
            "S3Uri": uri,
            "LocalPath": folder,
            "S3DataType": "S3Prefix",
            "S3InputMode": "File",
            "S3DataDistributionType": "FullyReplicated",
            "S3CompressionType": "None",
        },
    }


def _violated(run: Run, described: JsonDict, report: str) -> bool:
    """Whether the job found violations: by its message, since a report may be left of an earlier run."""
    message = described.get("ExitMessage") or ""
    if message.startswith(VIOLATED_PREFIX):
        return True
    return not message.startswith(COMPLETED_PREFIX) and objects.exists(run.api, report)


def _no_baseline(check: Check) -> str:
    place = f"no approved model package in the group '{check.group}' has one" if check.group else "no group is named"
    return (
        f"ClientError: There is no previous baseline for the {check.type} check: none is supplied and {place}. "
        "Supply one, approve a model package that has drift check baselines, or set both SkipCheck and "
        "RegisterNewBaseline to true for the first run."
    )


def _metadata(check: Check) -> JsonDict:
    return {
        "CheckType": check.type,
        "ModelPackageGroupName": check.group or None,
        "SkipCheck": check.skip,
        "RegisterNewBaseline": check.register_new,
    }
