"""Metrics: put, listed, and read back as statistics of periods."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

START = datetime(2026, 3, 1, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def put(cloudwatch, namespace, *values, name="loss", dimensions=(), unit="None"):
    data = [
        {"MetricName": name, "Dimensions": list(dimensions), "Timestamp": at(minute), "Value": value, "Unit": unit}
        for minute, value in values
    ]
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)


def test_statistics_come_by_period(cloudwatch, unique):
    space = unique("Space")
    put(cloudwatch, space, (0, 1.0), (0.5, 3.0), (5, 10.0))
    answer = cloudwatch.get_metric_statistics(
        Namespace=space,
        MetricName="loss",
        StartTime=START,
        EndTime=at(10),
        Period=60,
        Statistics=["Average", "Sum", "Minimum", "Maximum", "SampleCount"],
    )
    first, second = sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])
    assert (first["Average"], first["Sum"], first["Minimum"], first["Maximum"], first["SampleCount"]) == (2, 4, 1, 3, 2)
    assert (second["Timestamp"], second["Sum"]) == (at(5), 10.0)
    extended = cloudwatch.get_metric_statistics(
        Namespace=space, MetricName="loss", StartTime=START, EndTime=at(1), Period=60, ExtendedStatistics=["p50"]
    )
    assert extended["Datapoints"][0]["ExtendedStatistics"] == {"p50": 2.0}


def test_a_metric_without_data_has_no_datapoints(cloudwatch, unique):
    answer = cloudwatch.get_metric_statistics(
        Namespace=unique("No"), MetricName="x", StartTime=START, EndTime=at(1), Period=60, Statistics=["Sum"]
    )
    assert answer["Datapoints"] == []


def test_series_of_several_metrics_in_either_order(cloudwatch, unique):
    space, job = unique("Space"), [{"Name": "Job", "Value": "a=1,b%2"}]
    put(cloudwatch, space, (0, 1.0), (1, 2.0), dimensions=job)
    put(cloudwatch, space, (0, 7.0))

    def query(id_, dimensions):
        metric = {"Namespace": space, "MetricName": "loss", "Dimensions": dimensions}
        return {"Id": id_, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Average"}}

    request = {
        "MetricDataQueries": [query("with_job", job), query("without", [])],
        "StartTime": START,
        "EndTime": at(9),
    }
    one, two = cloudwatch.get_metric_data(**request)["MetricDataResults"]
    assert (one["Id"], one["Values"], one["Timestamps"]) == ("with_job", [2.0, 1.0], [at(1), at(0)])
    assert two["Values"] == [7.0] and two["StatusCode"] == "Complete"
    rising = cloudwatch.get_metric_data(**request, ScanBy="TimestampAscending")["MetricDataResults"][0]
    assert rising["Values"] == [1.0, 2.0]
    doubled = {"Id": "e", "Expression": "FILL(with_job, 0) * 2 + without", "Label": "both"}
    queries = [{**query, "ReturnData": False} for query in request["MetricDataQueries"]]
    (both,) = cloudwatch.get_metric_data(**{**request, "MetricDataQueries": [*queries, doubled]})["MetricDataResults"]
    assert (both["Label"], both["Values"], both["Timestamps"]) == ("both", [9.0], [at(0)])


def test_metric_math_that_is_not_understood_is_refused_by_name(cloudwatch):
    asked = {"StartTime": START, "EndTime": at(9)}
    for expression, text in (
        ("SEARCH('x', 'Sum')", "SEARCH"),
        ("m1 +", "ends too early"),
        ("m1 * 2", "names m1"),
        ("2 ? 3", "'?'"),
    ):
        with pytest.raises(ClientError) as error:
            cloudwatch.get_metric_data(**asked, MetricDataQueries=[{"Id": "e", "Expression": expression}])
        assert error.value.response["Error"]["Code"] == "ValidationError"
        assert text in error.value.response["Error"]["Message"]


def test_metrics_are_listed_by_name_and_dimension(cloudwatch, unique):
    space = unique("Space")
    dimension = {"Name": "Job", "Value": "x,y=z"}
    put(cloudwatch, space, (0, 1.0), dimensions=[dimension])
    put(cloudwatch, space, (0, 1.0), name="other")
    names = [one["MetricName"] for one in cloudwatch.list_metrics(Namespace=space)["Metrics"]]
    assert names == ["loss", "other"]
    (found,) = cloudwatch.list_metrics(Namespace=space, Dimensions=[{"Name": "Job"}])["Metrics"]
    assert found["Dimensions"] == [dimension]
    assert cloudwatch.list_metrics(Namespace=space, Dimensions=[{"Name": "Job", "Value": "q"}])["Metrics"] == []
    assert cloudwatch.list_metrics(Namespace=space, MetricName="none")["Metrics"] == []


def test_values_with_counts_and_ready_statistics_are_recorded(cloudwatch, unique):
    space = unique("Space")
    cloudwatch.put_metric_data(
        Namespace=space,
        MetricData=[
            {"MetricName": "m", "Timestamp": START, "Values": [1.0, 5.0], "Counts": [3.0, 1.0], "Unit": "Seconds"},
            {
                "MetricName": "m",
                "Timestamp": START,
                "StatisticValues": {"SampleCount": 2, "Sum": 12, "Minimum": 4, "Maximum": 8},
                "Unit": "Seconds",
            },
        ],
    )
    asked = {"Namespace": space, "MetricName": "m", "StartTime": START, "EndTime": at(1), "Period": 60}
    wanted = ["SampleCount", "Sum", "Maximum"]
    (point,) = cloudwatch.get_metric_statistics(**asked, Statistics=wanted, Unit="Seconds")["Datapoints"]
    assert (point["SampleCount"], point["Sum"], point["Maximum"], point["Unit"]) == (6, 20, 8, "Seconds")
    assert cloudwatch.get_metric_statistics(**asked, Statistics=wanted, Unit="Bytes")["Datapoints"] == []


def test_mistakes_are_refused_with_cloudwatchs_codes(cloudwatch, unique):
    space = unique("Space")
    asked = {"Namespace": space, "MetricName": "m", "Period": 60, "Statistics": ["Sum"]}
    cases = (
        (lambda: cloudwatch.get_metric_statistics(**asked, StartTime=at(1), EndTime=START), "InvalidParameterValue"),
        (
            lambda: cloudwatch.get_metric_statistics(**asked, StartTime=START, EndTime=at(60 * 24 * 30)),
            "InvalidParameterCombination",
        ),
        (
            lambda: cloudwatch.put_metric_data(
                Namespace=space, MetricData=[{"MetricName": "m", "Values": [1.0], "Counts": [1.0, 2.0]}]
            ),
            "InvalidParameterCombination",
        ),
        (lambda: put(cloudwatch, "AWS/SageMaker", (0, 1.0)), "InvalidParameterValue"),
    )
    for ask, code in cases:
        with pytest.raises(ClientError) as error:
            ask()
        assert error.value.response["Error"]["Code"] == code
