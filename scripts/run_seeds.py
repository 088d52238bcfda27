"""Run public modelbuild repositories as their own build does: `python scripts/run_seeds.py CLONE...`.

Each CLONE is a pristine copy of a modelbuild repository of the provider's project template. The build commands of its
own codebuild-buildspec.yml run unmodified, in a copy, with the SDK of an environment of ours and a server of our own;
the install commands do not, since the environment stands for them. A repository that pins sagemaker 2.93.0 runs with
that and with the last 2.x, one that pins nothing with the last 2.x only, as the older generation needs it. Afterwards
the execution is looked at from outside: every step, and what the registered model version holds.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import yaml
from sdk_env import FOLDER, RECIPES, environment
from throwaway_server import client_environment, throwaway_server

REGION = "us-east-1"
ROLE = "AmazonSageMakerServiceCatalogProductsUseRole"
OLDER_SDK, NEWER_SDK = "sagemaker-2.93", "sagemaker-2.257"
CONSOLE_SCRIPT = '#!/bin/sh\nexec python -m pipelines.run_pipeline "$@"\n'
STEPS = 12
METRICS = {
    "ModelQuality": {"Statistics", "Constraints"},
    "ModelDataQuality": {"Statistics", "Constraints"},
    "Bias": {"Report", "PreTrainingReport", "PostTrainingReport"},
    "Explainability": {"Report"},
}
BASELINES = {
    "ModelQuality": {"Statistics", "Constraints"},
    "ModelDataQuality": {"Statistics", "Constraints"},
    "Bias": {"ConfigFile", "PreTrainingConstraints", "PostTrainingConstraints"},
    "Explainability": {"Constraints", "ConfigFile"},
}


@dataclass(frozen=True)
class Outcome:
    """How one repository fared with one SDK; `wrong` names what is missing and is empty when all is well."""

    title: str
    seconds: float
    wrong: list[str]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clone", nargs="+", type=Path, help="a modelbuild repository, or a folder that holds several")
    parser.add_argument("--sdk", action="append", choices=RECIPES, help="only this SDK (may be repeated)")
    parser.add_argument("--home", type=Path, help="a home for the server that stays (default: one that is removed)")
    parser.add_argument("--log", type=Path, default=FOLDER / "seeds.log", help="where the builds' output goes")
    arguments = parser.parse_args()
    outcomes = []
    arguments.log.parent.mkdir(exist_ok=True)
    with throwaway_server(REGION, arguments.home) as variables, arguments.log.open("wb") as log:
        for clone in repositories(arguments.clone):
            for sdk in arguments.sdk or generations(clone):
                outcome = run(clone.resolve(), sdk, variables, log)
                outcomes.append(outcome)
                print(
                    f"{'failed' if outcome.wrong else 'passed'} {outcome.seconds:6.0f} s  {outcome.title}", flush=True
                )
                for line in outcome.wrong:
                    print(f"         {line}", flush=True)
    bad = sum(bool(outcome.wrong) for outcome in outcomes)
    print(f"{len(outcomes) - bad} passed, {bad} failed; the builds' own output is in {arguments.log}")
    return 1 if bad or not outcomes else 0


def repositories(paths: list[Path]) -> list[Path]:
    """The modelbuild repositories among the paths and one level below them."""
    return [
        place
        for path in paths
        for place in (path, *sorted(path.glob("*/")))
        if (place / "codebuild-buildspec.yml").is_file() and (place / "pipelines" / "run_pipeline.py").is_file()
    ]


def generations(clone: Path) -> list[str]:
    """The SDKs a repository is written for, from the pin in its setup.py."""
    pinned = re.search(r"sagemaker==2\.93\.0", (clone / "setup.py").read_text())
    return [OLDER_SDK, NEWER_SDK] if pinned else [NEWER_SDK]


def run(clone: Path, sdk: str, variables: dict[str, str], log: Any) -> Outcome:
    """The repository's own build commands, then a look at what they left behind."""
    python = environment(sdk)
    project = f"seed-{time.time_ns() // 10**6 % 10**9}"
    account = client("sts", variables).get_caller_identity()["Account"]
    bucket = f"sagemaker-project-p-{project}"
    client("s3", variables).create_bucket(Bucket=bucket)
    with tempfile.TemporaryDirectory(prefix="seed-") as folder:
        copy, tools = Path(folder) / "source", Path(folder) / "bin"
        shutil.copytree(clone, copy, ignore=shutil.ignore_patterns(".git"))
        tools.mkdir()
        (tools / "run-pipeline").write_text(CONSOLE_SCRIPT)
        (tools / "run-pipeline").chmod(0o755)
        settings = client_environment(variables, Path(folder))
        settings |= {
            "PATH": f"{tools}:{python.parent}:{settings['PATH']}",
            "PYTHONPATH": str(copy),
            "SAGEMAKER_PROJECT_NAME": project,
            "SAGEMAKER_PROJECT_ID": "p-1",
            "SAGEMAKER_PROJECT_ARN": f"arn:aws:sagemaker:{REGION}:{account}:project/{project}",
            "SAGEMAKER_PIPELINE_NAME": f"sagemaker-{project}",
            "SAGEMAKER_PIPELINE_ROLE_ARN": f"arn:aws:iam::{account}:role/service-role/{ROLE}",
            "ARTIFACT_BUCKET": bucket,
        }
        spec = yaml.safe_load((copy / "codebuild-buildspec.yml").read_text())
        commands = "\n".join(spec["phases"]["build"]["commands"])
        log.write(f"\n==== {clone.name} with {sdk}\n".encode())
        log.flush()
        began = time.monotonic()
        ended = subprocess.run(["bash", "-ec", commands], cwd=copy, env=settings, stdout=log, stderr=log)
        seconds = time.monotonic() - began
    wrong = [f"the build ended with status {ended.returncode}"] if ended.returncode else []
    wrong += look(client("sagemaker", variables), f"{project}-p-1")
    return Outcome(f"{clone.name} with {sdk}", seconds, wrong)


def client(service: str, variables: dict[str, str]) -> Any:
    """A client of ours, configured by nothing but what the server told."""
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=variables.get("AWS_SESSION_TOKEN"),
    )


def look(sagemaker: Any, pipeline: str) -> list[str]:
    """What is not as it should be with the pipeline's only execution and the version it registered."""
    found = sagemaker.list_pipeline_executions(PipelineName=pipeline)["PipelineExecutionSummaries"]
    if len(found) != 1:
        return [f"the pipeline has {len(found)} executions instead of 1"]
    arn = found[0]["PipelineExecutionArn"]
    steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    wrong = [
        f"{step['StepName']} is {step['StepStatus']}: {step.get('FailureReason', '')}"
        for step in steps
        if step["StepStatus"] != "Succeeded"
    ]
    if len(steps) != STEPS:
        wrong.append(f"{len(steps)} steps ran instead of {STEPS}")
    arns = [step["Metadata"]["RegisterModel"]["Arn"] for step in steps if "RegisterModel" in step.get("Metadata", {})]
    if len(arns) != 1:
        return [*wrong, f"{len(arns)} model versions were registered instead of 1"]
    version = sagemaker.describe_model_package(ModelPackageName=arns[0])
    return wrong + lacking(version, "ModelMetrics", METRICS) + lacking(version, "DriftCheckBaselines", BASELINES)


def lacking(version: dict[str, Any], member: str, wanted: dict[str, set[str]]) -> list[str]:
    """The metrics or baselines that a model version should hold and does not."""
    return [
        f"{member}.{group}.{name} is not in the model version"
        for group, names in wanted.items()
        for name in sorted(names)
        if not version.get(member, {}).get(group, {}).get(name, {}).get("S3Uri")
    ]


if __name__ == "__main__":
    raise SystemExit(main())
