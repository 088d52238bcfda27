"""What a run's jobs read: captured data, ground truth, merged data, Clarify's configuration and the baseline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ormer.aws.lifecycles import lifecycle
from ormer.engines.monitors import captured, requests
from ormer.engines.monitors.captured import Hour
from ormer.engines.monitors.definitions import MODEL_BIAS, MODEL_QUALITY
from ormer.engines.monitors.requests import Baseline, Piece
from ormer.engines.monitors.runs import NO_DATA, Run, Unable

JsonDict = dict[str, Any]


def destination(run: Run) -> str:
    """Where the monitored data are captured. Raises AwsError for an endpoint that is gone, Unable without capture."""
    if not run.monitor.endpoint:
        return str(run.monitor.source["DataCapturedDestinationS3Uri"])
    endpoint = run.api("sagemaker", "DescribeEndpoint", {"EndpointName": run.monitor.endpoint})
    config = endpoint.get("DataCaptureConfig")
    if config is None:
        # An endpoint shows its capture when it serves; what it was asked to capture stands in its configuration.
        named = {"EndpointConfigName": endpoint["EndpointConfigName"]}
        config = run.api("sagemaker", "DescribeEndpointConfig", named).get("DataCaptureConfig")
    if config is None:
        raise Unable(
            f"The endpoint {run.monitor.endpoint} captures no data. Give it an endpoint configuration with a "
            "DataCaptureConfig."
        )
    return str(config["DestinationS3Uri"])


def captured_hours(run: Run, place: str, flush: Callable[[str], None]) -> list[Hour]:
    """The hours of the run's window that hold captured data. flush: brings what was captured of an endpoint to S3.

    Of batch transforms the inputs are looked at, but where answers are compared with ground truth their outputs.
    """
    run.permit(place)
    if not run.monitor.endpoint:
        side = "output" if run.monitor.type in (MODEL_QUALITY, MODEL_BIAS) else "input"
        return captured.of_transforms(run.objects, place, side, run.window)
    flush(run.api("sagemaker", "DescribeEndpoint", {"EndpointName": run.monitor.endpoint})["EndpointArn"])
    return captured.of_endpoint(run.objects, place, run.monitor.endpoint, run.window)


def data(run: Run, found: list[Hour]) -> list[Piece]:
    """Captured data as a job's inputs."""
    if run.monitor.endpoint:
        return _in_pieces(run, [Piece(hour.uri, hour.place) for hour in found], captured.keys_of(found), "captured")
    keys = captured.keys_of(found)
    pieces = [Piece(key, str(number), "ManifestFile") for number, key in enumerate(keys, 1)]
    return pieces if len(pieces) <= requests.PIECES_MAX else [_listed(run, _named_by(run, keys), "captured")]


def labels(run: Run) -> list[Piece]:
    """The ground truth that came since the window began. Raises Unable when there is none."""
    run.permit(run.monitor.ground_truth)
    start, end = run.window
    until = max(run.work.now, end) + 1.0
    found = captured.hours(run.objects, run.monitor.ground_truth, "", (start, until))
    if not found:
        raise Unable(NO_DATA)
    return _in_pieces(run, [Piece(hour.uri, hour.place) for hour in found], captured.keys_of(found), "groundtruth")


def merged(run: Run) -> list[Piece]:
    """What the run's own merge wrote. Raises Unable when it wrote nothing."""
    root, place = f"{run.monitor.output_uri}/merge", requests.merge_place(run.monitor, run.row)
    if run.monitor.endpoint:
        hours = captured.of_endpoint(run.objects, root, place, run.window)
    else:
        hours = captured.hours(run.objects, root, place, (0.0, max(run.work.now, run.window[1]) + 1.0))
    mine = requests.merge_id(run.row)
    pieces = [Piece(key, hour.place) for hour in hours for key in hour.keys if mine in key]
    if not pieces:
        raise Unable(NO_DATA)
    return _in_pieces(run, pieces, [piece.uri for piece in pieces], "merged")


def configuration(run: Run) -> str:
    """The address of Clarify's configuration for this run, written beside its report; "" for other monitors."""
    given = run.monitor.application.get("ConfigUri")
    if not given:
        return ""
    config = run.read(given)
    if not isinstance(config, dict):
        raise Unable(f"ClientError: the analysis configuration {given} must be a JSON object.")
    return run.write(requests.CONFIG_FILE, requests.completed_config(run.monitor, config))


def awaited_baselining(run: Run) -> str | None:
    """The ARN of the baselining job that is still to be waited for. Raises Unable when it gives no baseline."""
    name = run.monitor.baseline.get("BaseliningJobName")
    if not name or run.monitor.baseline.get("ConstraintsResource", {}).get("S3Uri"):
        return None
    job = run.job(name)
    if job is None:
        raise Unable(f"The baselining job {name} is not there.")
    if job.status not in lifecycle(job.kind).final:
        return job.arn
    if job.status != "Completed":
        raise Unable(f"The baselining job {name} is {job.status}: it left no baseline.")
    return None


def baseline(run: Run) -> Baseline:
    """The baseline's files: those that are named, else those of the baselining job."""
    given, found = run.monitor.baseline, Baseline()
    job = run.job(given["BaseliningJobName"]) if given.get("BaseliningJobName") else None
    outputs = job.document.get("ProcessingOutputConfig", {}).get("Outputs") if job is not None else None
    if outputs and outputs[0].get("S3Output"):
        found = requests.baseline_files(run.monitor, outputs[0]["S3Output"]["S3Uri"])
    return Baseline(
        given.get("ConstraintsResource", {}).get("S3Uri") or found.constraints,
        given.get("StatisticsResource", {}).get("S3Uri") or found.statistics,
    )


def _in_pieces(run: Run, pieces: list[Piece], keys: list[str], name: str) -> list[Piece]:
    """The pieces themselves where a job can have that many inputs, else one manifest of all objects."""
    return pieces if len(pieces) <= requests.PIECES_MAX else [_listed(run, keys, name)]


def _listed(run: Run, uris: list[str], name: str) -> Piece:
    """A manifest of objects, written beside the run's report.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html
    """
    prefix = f"s3://{run.place(uris[0])[0]}/"
    if not all(uri.startswith(prefix) for uri in uris):
        raise Unable("The captured data of one window lie in several buckets; a job reads one.")
    manifest = [{"prefix": prefix}, *[uri[len(prefix) :] for uri in uris]]
    return Piece(run.write(f"{name}.manifest", manifest), "", "ManifestFile")


def _named_by(run: Run, manifests: list[str]) -> list[str]:
    """The addresses that batch transforms' manifests name."""
    found: list[str] = []
    for uri in manifests:
        first, *rest = run.read(uri)
        found += [first["prefix"] + path for path in rest]
    return list(dict.fromkeys(found))
