"""Take pictures of Studio from a real server with the tests' story on it: `python scripts/screenshots.py`.

Those that documents show go to docs/images; every page in light, in dark and on a phone goes to build/screenshots, to
be looked at. A picture is small: colours are few, so it is kept as a palette PNG where that is possible.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
import tempfile
import threading
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3

from ormer.aws.identities import root_identity
from ormer.config import Config
from ormer.first_run import root_key
from ormer.server import Server
from ormer.stores import products
from ormer.stores.studio import links

ROOT = Path(__file__).resolve().parent.parent
IMAGES, LOOKED_AT = ROOT / "docs" / "images", ROOT / "build" / "screenshots"
TESTS = ROOT / "tests" / "studio"
WIDE, PHONE = (1280, 800), (390, 780)
LOOKS = {"light": (WIDE, "light"), "dark": (WIDE, "dark"), "phone": (PHONE, "light")}
ASKED_TIMES = 300
FLAGSHIP = "model-building-training-deployment-and-monitoring"
PROJECT, MONITOR = "churn", "abalone-prod-data-quality"
ANALYZER = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"
# Charts and graphs are drawn a moment after their data has come.
DRAWN_SECONDS = 2.0


def main() -> int:
    story, browser = module("story"), module("browser")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as server, browser.opened() as chromium:
        client = clients(server)
        made = story.Story(client, server.config.account)
        running = tell(made)
        project(client, story)
        monitor(client, story, made)
        take(server, chromium, made, running)
        take_all(server, chromium, made, client)
    return 0


def tell(story: Any) -> str:
    """Two versions, one of them in service, two deliveries, and an execution under way. Returns its ARN."""
    story.furnish()
    story.pipeline()
    first = story.start(**dict.fromkeys(story.first_flags(), "true"))
    assert story.ended(first) == "Succeeded"
    story.approve(1, "Half a ring better than guessing by length.")
    story.endpoint(1, "staging")
    name = story.endpoint(1, "prod")
    for number in range(ASKED_TIMES):
        story.ask(name, story.animals[number % len(story.animals)])
    skip = {flag: "true" for flag in story.first_flags() if flag.startswith("Skip")}
    assert story.ended(story.start(MaxDepth="7", Rounds="70", **skip)) == "Succeeded"
    story.delivery("abalone-modelmonitor", "Watch data quality every hour", story.broken)
    story.delivery("abalone-modeldeploy", "Give staging two instances")
    story.waiting_token("abalone-modeldeploy")
    # It waits there until its picture is taken.
    story.close("evaluate.py")
    return str(story.start(**dict.fromkeys(story.first_flags(), "true")))


def take(server: Server, chromium: Any, story: Any, running: str) -> None:
    ended = story.executions()[-1].split("/")[-1]
    pages = {
        "execution-live": (f"/pipelines/abalone/executions/{running.split('/')[-1]}", WIDE, "light"),
        "execution": (f"/pipelines/abalone/executions/{ended}?step=Train&panel=metrics", WIDE, "light"),
        "timeline": (f"/pipelines/abalone/executions/{ended}?tab=timeline&step=Train&panel=logs", WIDE, "dark"),
        "executions": ("/pipelines/abalone", WIDE, "light"),
        "versions": ("/models/abalone", WIDE, "light"),
        "version": ("/models/abalone/2?tab=quality", WIDE, "light"),
        "version-phone": ("/models/abalone/2", PHONE, "light"),
        "data-quality": ("/models/abalone/2?tab=data", WIDE, "dark"),
        "bias": ("/models/abalone/2?tab=bias", WIDE, "light"),
        "lineage": ("/models/abalone/1?tab=lineage", WIDE, "light"),
        "delivery": ("/delivery/abalone-modeldeploy", WIDE, "light"),
        "delivery-phone": ("/delivery/abalone-modeldeploy", PHONE, "dark"),
        "endpoint": ("/endpoints/abalone-prod?tab=metrics", WIDE, "dark"),
        "endpoint-captured": ("/endpoints/abalone-prod?tab=captured", WIDE, "light"),
        "home": ("/", WIDE, "light"),
        "monitor": ("/endpoints/abalone-prod?tab=monitors", WIDE, "light"),
        "events": ("/events", WIDE, "dark"),
    }
    for name, (path, size, theme) in pages.items():
        with opened(server, chromium, path, size, theme) as page:
            if name == "endpoint-captured":
                page.get_by_role("button", name="ago").first.click(timeout=5000)
                page.wait_for_timeout(500)
            page.screenshot(path=IMAGES / f"{name}.png")
    story.open("evaluate.py")
    for image in IMAGES.glob("*.png"):
        shrink(image)


def take_all(server: Server, chromium: Any, story: Any, client: Any) -> None:
    """Every page in every look."""
    ended = story.executions()[-1].split("/")[-1]
    job = client("sagemaker").list_training_jobs(MaxResults=1)["TrainingJobSummaries"][0]["TrainingJobName"]
    stack = client("cloudformation").describe_stacks()["Stacks"][0]["StackName"]
    rule = client("events").list_rules()["Rules"][0]["Name"]
    delivery = client("codepipeline").list_pipeline_executions(pipelineName="abalone-modeldeploy")
    delivered = delivery["pipelineExecutionSummaries"][0]["pipelineExecutionId"]
    pages = {
        "home": "/",
        "projects": "/projects",
        "new-project": "/new-project",
        **{
            f"project-{tab}": f"/projects/{PROJECT}?tab={tab}"
            for tab in ("repositories", "delivery", "rules", "activity")
        },
        "pipelines": "/pipelines",
        "pipeline": "/pipelines/abalone",
        "execution": f"/pipelines/abalone/executions/{ended}?step=Train&panel=metrics",
        "deliveries": "/delivery",
        "delivery": "/delivery/abalone-modeldeploy",
        "delivery-execution": f"/delivery/abalone-modeldeploy/executions/{delivered}",
        "models": "/models",
        "group": "/models/abalone",
        **{
            f"version-{tab}": f"/models/abalone/1?tab={tab}"
            for tab in ("activity", "quality", "data", "bias", "lineage")
        },
        "endpoints": "/endpoints",
        **{
            f"endpoint-{tab}": f"/endpoints/abalone-prod?tab={tab}"
            for tab in ("test", "metrics", "captured", "monitors")
        },
        "monitors": "/monitors",
        "jobs": "/jobs",
        "job": f"/jobs/training-job/{job}",
        "experiments": "/experiments",
        "experiment": "/experiments/abalone",
        "data": "/data",
        "bucket": f"/data/{story.bucket}",
        "events": "/events",
        "rule": f"/events/rules/default/{rule}",
        "stacks": "/stacks",
        "stack": f"/stacks/{stack}",
        "settings": "/settings",
    }
    LOOKED_AT.mkdir(parents=True, exist_ok=True)
    for look, (size, theme) in LOOKS.items():
        with opened(server, chromium, "/", size, theme) as page:
            for name, path in pages.items():
                page.goto(f"{server.config.endpoint}/studio{path}")
                page.wait_for_timeout(DRAWN_SECONDS * 1000)
                page.screenshot(path=LOOKED_AT / f"{name}-{look}.png")


@contextlib.contextmanager
def opened(server: Server, chromium: Any, path: str, size: tuple[int, int], theme: str) -> Iterator[Any]:
    """A page of Studio, signed in and drawn."""
    width, height = size
    context = chromium.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, locale="en-GB", reduced_motion="reduce"
    )
    try:
        page = context.new_page()
        page.goto(link(server))
        page.wait_for_selector("main.content")
        page.goto(f"{server.config.endpoint}/studio{path}")
        page.wait_for_timeout(DRAWN_SECONDS * 1000)
        yield page
    finally:
        context.close()


def project(client: Any, story: types.ModuleType) -> None:
    """A project of the largest template, whose first builds have ended."""
    sagemaker, delivery = client("sagemaker"), client("codepipeline")
    title = next(product.title for product in products.products() if product.id == FLAGSHIP)
    found = client("servicecatalog").search_products()["ProductViewSummaries"]
    chosen = next(one for one in found if one["Name"] == title)
    sagemaker.create_project(
        ProjectName=PROJECT,
        ProjectDescription="Who leaves, and why",
        ServiceCatalogProvisioningDetails={"ProductId": chosen["ProductId"]},
    )
    story.until(lambda: sagemaker.describe_project(ProjectName=PROJECT)["ProjectStatus"] == "CreateCompleted")

    def resting() -> bool:
        names = [one["name"] for one in delivery.list_pipelines()["pipelines"] if PROJECT in one["name"]]
        runs = [run for name in names for run in executions(delivery, name)]
        return len(names) == 3 and bool(runs) and not any(run["status"] == "InProgress" for run in runs)

    story.until(resting)


def executions(delivery: Any, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = delivery.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"]
    return found


def monitor(client: Any, story: types.ModuleType, made: Any) -> None:
    """An hourly schedule on production, run once."""
    sagemaker = client("sagemaker")
    package = sagemaker.describe_model_package(ModelPackageName=made.version(1))
    baseline = package["DriftCheckBaselines"]["ModelDataQuality"]
    sagemaker.create_data_quality_job_definition(
        JobDefinitionName=MONITOR,
        DataQualityBaselineConfig={
            "ConstraintsResource": {"S3Uri": baseline["Constraints"]["S3Uri"]},
            "StatisticsResource": {"S3Uri": baseline["Statistics"]["S3Uri"]},
        },
        DataQualityAppSpecification={"ImageUri": ANALYZER},
        DataQualityJobInput={
            "EndpointInput": {"EndpointName": f"{story.PIPELINE}-prod", "LocalPath": "/opt/ml/processing/input"}
        },
        DataQualityJobOutputConfig={
            "MonitoringOutputs": [
                {"S3Output": {"S3Uri": f"s3://{made.bucket}/monitors", "LocalPath": "/opt/ml/processing/output"}}
            ]
        },
        JobResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}},
        RoleArn=f"{made.role.partition('role/')[0]}role/service-role/{story.EXECUTION_ROLE}",
    )
    sagemaker.create_monitoring_schedule(
        MonitoringScheduleName=MONITOR,
        MonitoringScheduleConfig={
            "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
            "MonitoringJobDefinitionName": MONITOR,
            "MonitoringType": "DataQuality",
        },
    )
    made.captured(f"{story.PIPELINE}-prod")
    # A schedule that is started though it is under way runs at once.
    sagemaker.start_monitoring_schedule(MonitoringScheduleName=MONITOR)

    def over() -> bool:
        runs = sagemaker.list_monitoring_executions(MonitoringScheduleName=MONITOR)["MonitoringExecutionSummaries"]
        return bool(runs) and runs[0]["MonitoringExecutionStatus"] not in ("Pending", "InProgress")

    story.until(over)


def shrink(image: Path) -> None:
    """Few colours make a small file; without Pillow it stays as it is."""
    with contextlib.suppress(ImportError):
        from PIL import Image

        with Image.open(image) as picture:
            small = picture.convert("RGB").quantize(colors=256, dither=Image.Dither.NONE)
        small.save(image, optimize=True)


def link(server: Server) -> str:
    stores = server.house.stores
    with stores.database.write() as tx:
        token = links.make(tx, root_identity(server.config.account).arn, stores.clock.now())
    return f"{server.config.endpoint}/studio/#sign-in={token}"


def clients(server: Server) -> Any:
    key = root_key(server.house.stores)
    session = boto3.Session(key.access_key_id, key.secret, region_name=server.config.region)
    return lambda service: session.client(service, endpoint_url=server.config.endpoint)


@contextlib.contextmanager
def served(home: Path) -> Iterator[Server]:
    kept = os.environ.get("ORMER_TEST_RUNTIMES")
    if kept:
        (home / "runtimes").symlink_to(Path(kept).absolute())
    server = Server(Config(home=home, port=0, tls_port=0))
    server.start()
    try:
        yield server
    finally:
        # The browser's driver keeps a loop of its own running in this thread, and the server ends one.
        ending = threading.Thread(target=server.stop)
        ending.start()
        ending.join()
        end_instances(home)


def end_instances(home: Path) -> None:
    from ormer.engines.hosting.instances import running_instances

    for handle in running_instances(home):
        handle.kill()
        handle.wait(20)
        handle.close()


def module(name: str) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location(f"studio_{name}", TESTS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = found
    spec.loader.exec_module(found)
    return found


if __name__ == "__main__":
    raise SystemExit(main())
