"""Carry public repositories through a project: `python scripts/run_project.py --build CLONE --deploy CLONE`.

A project is made of the built-in template that monitors too. Then each CLONE, a pristine copy of a repository of the
provider's project template, replaces what the project's own repository holds, by `git push`. From there on this script
does what a person does: it approves the version that the build registers, and what the delivery pipelines ask for.
Nothing else is called. At the end the staging and production endpoints answer a row of the abalone data, and with
`--monitor CLONE` the schedules of both are there. Prints each stage with its seconds; exit status 0 if all is well.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from throwaway_server import client_environment, throwaway_server

REGION = "us-east-1"
STAGES = ("staging", "prod")
ROW = "0.53,0.42,0.135,0.677,0.2565,0.1415,0.21,0.0,1.0,0.0"
PATIENCE_SECONDS = 900
POLL_SECONDS = 1.0
AUTHOR = ("-c", "user.name=Project", "-c", "user.email=project@example.com")


class Stuck(Exception):
    """A stage did not end as it should; the text says what was seen."""


@dataclass
class Story:
    """One project on one server, and how long each stage of it took."""

    name: str
    variables: dict[str, str]
    folder: Path
    began: float = field(default_factory=time.monotonic)

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.variables["AWS_ENDPOINT_URL"],
            aws_access_key_id=self.variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.variables["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=self.variables.get("AWS_SESSION_TOKEN"),
        )

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self.began:7.1f} s  {text}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, required=True, help="a modelbuild repository")
    parser.add_argument("--deploy", type=Path, required=True, help="a modeldeploy repository")
    parser.add_argument("--monitor", type=Path, help="a modelmonitor repository")
    parser.add_argument("--home", type=Path, help="a home for the server that stays (default: one that is removed)")
    arguments = parser.parse_args()
    with (
        throwaway_server(REGION, arguments.home, root=True) as variables,
        tempfile.TemporaryDirectory(prefix="project-") as folder,
    ):
        story = Story(f"seeds{int(time.time()) % 10**6}", variables, Path(folder))
        try:
            tell(story, arguments.build, arguments.deploy, arguments.monitor)
        except Stuck as stuck:
            story.say(f"stuck: {stuck}")
            return 1
        story.say("all is well")
    return 0


def tell(story: Story, build: Path, deploy: Path, monitor: Path | None) -> None:
    """The whole way of a commit, with these repositories."""
    project = make_project(story)
    group = f"{story.name}-{project}"
    if monitor is not None:
        push(story, project, "modelmonitor", monitor)
    push(story, project, "modeldeploy", deploy)
    commit = push(story, project, "modelbuild", build)
    built(story, project, commit)
    sagemaker = story.client("sagemaker")
    version = sagemaker.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"][0]
    story.say(f"registered {version['ModelPackageArn'].rsplit(':', 1)[-1]}")
    before = seen(story, pipeline(story, project, "modeldeploy"))
    monitored = seen(story, pipeline(story, project, "modelmonitor"))
    sagemaker.update_model_package(
        ModelPackageArn=version["ModelPackageArn"], ModelApprovalStatus="Approved", ApprovalDescription="Good enough."
    )
    carried(story, pipeline(story, project, "modeldeploy"), before, "ApproveDeployment")
    for stage in STAGES:
        answers(story, f"{story.name}-{stage}")
    if monitor is not None:
        carried(story, pipeline(story, project, "modelmonitor"), monitored, "ApproveMonitorsProdDeployment")
        schedules(story)


def make_project(story: Story) -> str:
    """A project of the template; returns its id."""
    catalog, sagemaker = story.client("servicecatalog"), story.client("sagemaker")
    found = catalog.search_products()["ProductViewSummaries"]
    chosen = next((one for one in found if "monitoring" in one["Name"].lower()), None)
    if chosen is None:
        raise Stuck(f"no product is for monitoring: {[one['Name'] for one in found]}")
    artifact = catalog.list_provisioning_artifacts(ProductId=chosen["ProductId"])["ProvisioningArtifactDetails"][-1]
    details = {"ProductId": chosen["ProductId"], "ProvisioningArtifactId": artifact["Id"]}
    made = sagemaker.create_project(ProjectName=story.name, ServiceCatalogProvisioningDetails=details)
    ended = until(
        "the project",
        lambda: sagemaker.describe_project(ProjectName=story.name),
        lambda one: one["ProjectStatus"] in ("CreateCompleted", "CreateFailed"),
    )
    if ended["ProjectStatus"] != "CreateCompleted":
        raise Stuck(f"the project is {ended['ProjectStatus']}: {ended}")
    story.say(f"project {story.name} {made['ProjectId']} is made")
    return str(made["ProjectId"])


def pipeline(story: Story, project: str, what: str) -> str:
    return f"sagemaker-{story.name}-{project}-{what}"


def push(story: Story, project: str, what: str, clone: Path) -> str:
    """Replace what a repository of the project holds by a public one, as one commit; returns its id."""
    place, settings = story.folder / what, client_environment(story.variables, story.folder)
    url = f"{story.variables['AWS_ENDPOINT_URL']}/v1/repos/{pipeline(story, project, what)}"

    def git(*words: str, cwd: Path = place) -> str:
        done = subprocess.run(["git", *AUTHOR, *words], cwd=cwd, env=settings, capture_output=True, text=True)
        if done.returncode:
            raise Stuck(f"git {' '.join(words)}: {done.stderr}")
        return done.stdout.strip()

    git("clone", "-q", url, str(place), cwd=story.folder)
    git("rm", "-rq", ".")
    shutil.copytree(clone, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git"))
    git("add", "-A")
    git("commit", "-qm", f"Take over {clone.name}")
    git("push", "-q", "origin", "HEAD")
    commit = git("rev-parse", "HEAD")
    story.say(f"pushed {clone.name} to {what} as {commit[:8]}")
    return commit


def seen(story: Story, name: str) -> set[str]:
    """The executions that a delivery pipeline had until now."""
    listed = story.client("codepipeline").list_pipeline_executions(pipelineName=name)
    return {one["pipelineExecutionId"] for one in listed["pipelineExecutionSummaries"]}


def built(story: Story, project: str, commit: str) -> None:
    """Wait until the delivery pipeline has built a commit."""
    name, delivery = pipeline(story, project, "modelbuild"), story.client("codepipeline")

    def newest() -> Any:
        listed = delivery.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
        mine = [one for one in listed if any(r.get("revisionId") == commit for r in one.get("sourceRevisions", ()))]
        return mine[0] if mine else None

    ended = until("modelbuild", newest, lambda one: one is not None and one["status"] not in ("InProgress", "Stopping"))
    if ended["status"] != "Succeeded":
        raise Stuck(f"modelbuild is {ended['status']}: {why(story, name)}")
    story.say("modelbuild has succeeded")


def carried(story: Story, name: str, before: set[str], approval: str) -> None:
    """Wait for a new execution of a delivery pipeline, and approve what it asks for until it has succeeded."""
    delivery = story.client("codepipeline")

    def look() -> Any:
        asked = waiting(delivery.get_pipeline_state(name=name))
        if asked is not None:
            stage, action, token = asked
            result = {"summary": "Looks right.", "status": "Approved"}
            delivery.put_approval_result(
                pipelineName=name, stageName=stage, actionName=action, result=result, token=token
            )
            story.say(f"approved {action} of {stage}")
            approved.append(action)
        listed = delivery.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
        return next((one for one in listed if one["pipelineExecutionId"] not in before), None)

    approved: list[str] = []
    ended = until(name, look, lambda one: one is not None and one["status"] not in ("InProgress", "Stopping"))
    if ended["status"] != "Succeeded" or approved != [approval]:
        raise Stuck(f"{name} is {ended['status']} after {approved}: {why(story, name)}")
    story.say(f"{name} has succeeded")


def waiting(state: Any) -> tuple[str, str, str] | None:
    """(stage, action, token) of an approval that is asked for."""
    for stage in state["stageStates"]:
        for action in stage.get("actionStates", ()):
            latest = action.get("latestExecution", {})
            if latest.get("status") == "InProgress" and "token" in latest:
                return stage["stageName"], action["actionName"], latest["token"]
    return None


def why(story: Story, name: str) -> str:
    """What the failed actions of a delivery pipeline say."""
    said = []
    for stage in story.client("codepipeline").get_pipeline_state(name=name)["stageStates"]:
        for action in stage.get("actionStates", ()):
            latest = action.get("latestExecution", {})
            if latest.get("status") == "Failed":
                text = latest.get("errorDetails", {}).get("message") or latest.get("summary")
                said.append(f"{action['actionName']}: {text}")
    return "; ".join(said) or "no action failed"


def answers(story: Story, endpoint: str) -> None:
    """Ask an endpoint for the age of one abalone."""
    answer = story.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=endpoint, ContentType="text/csv", Body=ROW.encode()
    )
    rings = float(answer["Body"].read())
    if not 1 < rings < 30:
        raise Stuck(f"{endpoint} answers {rings} rings")
    story.say(f"{endpoint} answers {rings:.2f} rings")


def schedules(story: Story) -> None:
    """The monitoring schedules of both endpoints."""
    sagemaker = story.client("sagemaker")
    for stage in STAGES:
        listed = sagemaker.list_monitoring_schedules(EndpointName=f"{story.name}-{stage}")
        found = {
            one["MonitoringType"]: one["MonitoringScheduleStatus"] for one in listed["MonitoringScheduleSummaries"]
        }
        if found != {"DataQuality": "Scheduled", "ModelExplainability": "Scheduled"}:
            raise Stuck(f"the schedules of {stage} are {found}")
        story.say(f"schedules of {stage}: {', '.join(sorted(found))}")


def until(what: str, look: Callable[[], Any], enough: Callable[[Any], bool]) -> Any:
    """What `look` gives, once it is enough. Raises Stuck when that takes too long."""
    began, found = time.monotonic(), None
    while time.monotonic() - began < PATIENCE_SECONDS:
        found = look()
        if enough(found):
            return found
        time.sleep(POLL_SECONDS)
    raise Stuck(f"{what} did not end in {PATIENCE_SECONDS} s; last seen: {found}")


if __name__ == "__main__":
    raise SystemExit(main())
