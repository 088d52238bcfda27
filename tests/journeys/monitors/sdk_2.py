"""The four monitors as SDK 2 code runs them: `python sdk_2.py --role ARN --bucket BUCKET`.

Everything else, the server among it, is found in the environment. Prints what came of each stage, a JSON object a line.
"""

import argparse
import datetime
import io
import json
import math
import pathlib
import random
import tarfile
import time

import sagemaker
from sagemaker import clarify
from sagemaker.model_monitor import (
    BiasAnalysisConfig,
    CronExpressionGenerator,
    DataCaptureConfig,
    DefaultModelMonitor,
    EndpointInput,
    ExplainabilityAnalysisConfig,
    ModelBiasMonitor,
    ModelExplainabilityMonitor,
    ModelQualityMonitor,
)
from sagemaker.model_monitor.dataset_format import DatasetFormat
from sagemaker.s3 import S3Uploader
from sagemaker.sklearn import SKLearnModel

HERE = pathlib.Path(__file__).parent
TYPE = "ml.m5.large"
ENDPOINT = "loans"
HEADERS = ["approved", "group", "income", "debt"]
ONCE = {
    "schedule_cron_expression": CronExpressionGenerator.now(),
    "data_analysis_start_time": "-PT1H",
    "data_analysis_end_time": "-PT0H",
}
RUN_SECONDS = 240
OVER = ("Completed", "Failed", "Stopped")


def patient(sleep, seconds_max=0.5):
    """A sleep for an SDK that looks every half minute: jobs end in seconds here."""
    return lambda seconds: sleep(min(seconds, seconds_max))


def tell(stage, **facts):
    print("\n" + json.dumps({"stage": stage, **facts}, default=str), flush=True)


def applicants(count, seed, rich=0.0):
    """[group, income, debt] of so many people."""
    chance = random.Random(seed)
    return [[chance.randrange(2), round(chance.random() + rich, 4), round(chance.random(), 4)] for _ in range(count)]


def score(row):
    group, income, debt = row
    return 1 / (1 + math.exp(-(4 * income - 3 * debt - 0.5 * group)))


def lines(rows):
    return "".join(",".join(map(str, row)) + "\n" for row in rows)


class Journey:
    def __init__(self, role, bucket):
        self.session = sagemaker.Session(default_bucket=bucket)
        self.session.default_bucket()
        self.root = f"s3://{bucket}/monitors-2"
        self.common = {
            "role": role,
            "instance_count": 1,
            "instance_type": TYPE,
            "max_runtime_in_seconds": 1800,
            "sagemaker_session": self.session,
        }
        self.role = role
        self.people = applicants(200, 1)

    def put(self, path, content):
        return S3Uploader.upload_string_as_file_body(content, f"{self.root}/{path}", sagemaker_session=self.session)

    def deployed(self):
        """A model that captures all it is asked, asked by people and with ids that labels will name."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as tar:
            tar.addfile(tarfile.TarInfo("nothing"), io.BytesIO())
        model = SKLearnModel(
            name=ENDPOINT,
            model_data=self.put("model.tar.gz", packed.getvalue()),
            role=self.role,
            entry_point="inference.py",
            source_dir=str(HERE / "code"),
            framework_version="1.4-2",
            py_version="py3",
            sagemaker_session=self.session,
        )
        capture = DataCaptureConfig(
            enable_capture=True,
            sampling_percentage=100,
            destination_s3_uri=f"{self.root}/captured",
            sagemaker_session=self.session,
        )
        model.deploy(1, TYPE, endpoint_name=ENDPOINT, data_capture_config=capture)
        runtime = self.session.sagemaker_runtime_client
        for number, row in enumerate(applicants(120, 2, rich=2.0)):
            asked = {"EndpointName": ENDPOINT, "ContentType": "text/csv", "Accept": "text/csv"}
            runtime.invoke_endpoint(Body=lines([row]), InferenceId=f"loan-{number}", **asked)
        truths = [
            {
                "groundTruthData": {"data": str(number % 2), "encoding": "CSV"},
                "eventMetadata": {"eventId": f"loan-{number}"},
                "eventVersion": "0",
            }
            for number in range(100)
        ]
        hour = datetime.datetime.now(datetime.UTC).strftime("%Y/%m/%d/%H")
        self.put(f"labels/{hour}/labels.jsonl", "".join(json.dumps(truth) + "\n" for truth in truths))

    def executed(self, monitor):
        """The only run of a monitor, when it is over."""
        deadline = time.monotonic() + RUN_SECONDS
        while time.monotonic() < deadline:
            runs = monitor.list_executions()
            if runs and runs[-1].describe()["ProcessingJobStatus"] in OVER:
                summary = monitor.describe_schedule().get("LastMonitoringExecutionSummary", {})
                if summary.get("MonitoringExecutionStatus") not in ("Pending", "InProgress"):
                    return runs[-1], summary
            time.sleep(0.5)
        raise SystemExit(f"no run has ended: {monitor.describe_schedule()}")

    def data_quality(self):
        monitor = DefaultModelMonitor(**self.common)
        rows = [[round(score(row), 6), *row] for row in self.people]
        baseline = self.put("quality/baseline.csv", "score,group,income,debt\n" + lines(rows))
        monitor.suggest_baseline(baseline, DatasetFormat.csv(header=True), wait=True, logs=False)
        monitor.create_monitoring_schedule(
            endpoint_input=ENDPOINT,
            output_s3_uri=f"{self.root}/reports",
            statistics=monitor.baseline_statistics(),
            constraints=monitor.suggested_constraints(),
            monitor_schedule_name="data-quality",
            enable_cloudwatch_metrics=True,
            **ONCE,
        )
        run, summary = self.executed(monitor)
        found = monitor.latest_monitoring_constraint_violations().body_dict["violations"]
        statistics = monitor.latest_monitoring_statistics().body_dict
        again = DefaultModelMonitor.attach("data-quality", sagemaker_session=self.session)
        tell(
            "data_quality",
            summary=summary,
            message=run.describe()["ExitMessage"],
            items=statistics["dataset"]["item_count"],
            drifted=[one["feature_name"] for one in found if one["constraint_check_type"] == "baseline_drift_check"],
            attached=[again.monitoring_schedule_name, again.job_definition_name == monitor.job_definition_name],
        )
        return monitor

    def schedules(self, monitor):
        """A schedule that ran once becomes an hourly one, is stopped, started and deleted."""
        monitor.update_monitoring_schedule(
            schedule_cron_expression=CronExpressionGenerator.hourly(), max_runtime_in_seconds=1200
        )
        updated = monitor.describe_schedule()
        monitor.stop_monitoring_schedule()
        stopped = monitor.describe_schedule()["MonitoringScheduleStatus"]
        monitor.start_monitoring_schedule()
        started = monitor.describe_schedule()["MonitoringScheduleStatus"]
        alerts = monitor.list_monitoring_alerts()[0]
        monitor.update_monitoring_alert(alerts[0].alert_name, data_points_to_alert=1, evaluation_period=2)
        history = monitor.list_monitoring_alert_history()
        name = monitor.monitoring_schedule_name
        monitor.delete_monitoring_schedule()
        left = self.session.list_monitoring_schedules(endpoint_name=ENDPOINT)["MonitoringScheduleSummaries"]
        tell(
            "schedules",
            expression=updated["MonitoringScheduleConfig"]["ScheduleConfig"]["ScheduleExpression"],
            states=[updated["MonitoringScheduleStatus"], stopped, started],
            alerts=[alert.alert_status for alert in alerts],
            history=[entry.alert_status for entry in history[0]],
            deleted=name not in [one["MonitoringScheduleName"] for one in left],
        )

    def model_quality(self):
        monitor = ModelQualityMonitor(**self.common)
        rows = [[round(score(row), 6), int(score(row) > 0.5)] for row in self.people]
        baseline = self.put("model-quality/baseline.csv", "score,approved\n" + lines(rows))
        monitor.suggest_baseline(
            baseline,
            DatasetFormat.csv(header=True),
            problem_type="BinaryClassification",
            probability_attribute="score",
            ground_truth_attribute="approved",
            probability_threshold_attribute="0.5",
            wait=True,
            logs=False,
        )
        watched = EndpointInput(
            ENDPOINT,
            "/opt/ml/processing/input/endpoint",
            probability_attribute="0",
            probability_threshold_attribute=0.5,
        )
        monitor.create_monitoring_schedule(
            endpoint_input=watched,
            ground_truth_input=f"{self.root}/labels",
            problem_type="BinaryClassification",
            output_s3_uri=f"{self.root}/reports",
            constraints=monitor.suggested_constraints(),
            monitor_schedule_name="model-quality",
            **ONCE,
        )
        _, summary = self.executed(monitor)
        statistics = monitor.latest_monitoring_statistics().body_dict
        found = monitor.latest_monitoring_constraint_violations().body_dict["violations"]
        tell(
            "model_quality",
            summary=summary,
            items=statistics["dataset"]["item_count"],
            worse=sorted(one["metric_name"] for one in found),
        )
        monitor.delete_monitoring_schedule()

    def clarify_data(self, monitor):
        rows = [[int(score(row) > 0.5), *row] for row in self.people]
        return clarify.DataConfig(
            s3_data_input_path=self.put(f"{monitor}/baseline.csv", lines(rows)),
            s3_output_path=f"{self.root}/{monitor}/baseline",
            label="approved",
            headers=HEADERS,
            dataset_type="text/csv",
        )

    def model_config(self):
        return clarify.ModelConfig(
            model_name=ENDPOINT, instance_type=TYPE, instance_count=1, content_type="text/csv", accept_type="text/csv"
        )

    def bias(self):
        monitor = ModelBiasMonitor(**self.common)
        config = clarify.BiasConfig(label_values_or_threshold=[1], facet_name="group", facet_values_or_threshold=[1])
        monitor.suggest_baseline(
            data_config=self.clarify_data("bias"),
            bias_config=config,
            model_config=self.model_config(),
            model_predicted_label_config=clarify.ModelPredictedLabelConfig(probability_threshold=0.5),
            wait=True,
            logs=False,
        )
        watched = EndpointInput(
            ENDPOINT,
            "/opt/ml/processing/input/endpoint",
            probability_attribute="0",
            probability_threshold_attribute=0.9,
        )
        monitor.create_monitoring_schedule(
            endpoint_input=watched,
            ground_truth_input=f"{self.root}/labels",
            analysis_config=BiasAnalysisConfig(config, headers=HEADERS, label="approved"),
            output_s3_uri=f"{self.root}/reports",
            monitor_schedule_name="bias",
            **ONCE,
        )
        run, summary = self.executed(monitor)
        tell(
            "bias",
            summary=summary,
            message=run.describe().get("ExitMessage"),
            reason=run.describe().get("FailureReason"),
        )
        monitor.delete_monitoring_schedule()

    def explainability(self):
        monitor = ModelExplainabilityMonitor(**self.common)
        shap = clarify.SHAPConfig(baseline=[[0, 0.5, 0.5]], num_samples=50, agg_method="mean_abs")
        monitor.suggest_baseline(
            data_config=self.clarify_data("explainability"),
            explainability_config=shap,
            model_config=self.model_config(),
            wait=True,
            logs=False,
        )
        monitor.create_monitoring_schedule(
            endpoint_input=ENDPOINT,
            analysis_config=ExplainabilityAnalysisConfig(shap, self.model_config(), headers=HEADERS[1:]),
            output_s3_uri=f"{self.root}/reports",
            monitor_schedule_name="explainability",
            **ONCE,
        )
        run, summary = self.executed(monitor)
        tell(
            "explainability",
            summary=summary,
            message=run.describe().get("ExitMessage"),
            report=run.output.destination,
        )
        monitor.delete_monitoring_schedule()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--role")
    parser.add_argument("--bucket")
    given = parser.parse_args()
    time.sleep = patient(time.sleep)
    journey = Journey(given.role, given.bucket)
    journey.deployed()
    monitor = journey.data_quality()
    journey.schedules(monitor)
    journey.model_quality()
    journey.bias()
    journey.explainability()
    journey.session.delete_endpoint(ENDPOINT)
    tell("ended")


if __name__ == "__main__":
    main()
