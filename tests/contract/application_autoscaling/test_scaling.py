"""Endpoints that grow with their load and shrink when it is over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/shop/variant/main",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
TRACKING = {
    "TargetValue": 10.0,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
}


def activities(scaling):
    return scaling.describe_scaling_activities(ServiceNamespace="sagemaker", ResourceId=TARGET["ResourceId"])[
        "ScalingActivities"
    ]


def track(scaling, low=1, high=8, **more):
    scaling.register_scalable_target(**TARGET, MinCapacity=low, MaxCapacity=high)
    return scaling.put_scaling_policy(
        **TARGET,
        PolicyName="hold",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={**TRACKING, **more},
    )


def pass_minutes(timed, shop, count, load, eventually):
    """Minutes with this many invocations an instance; what was looked at each minute is awaited."""
    for _ in range(count):
        shop.load(load)
        timed.minutes(1)
        eventually(timed.server.house.worker.idle)


def test_load_makes_an_endpoint_grow_and_quiet_makes_it_shrink(timed, shop, eventually):
    scaling, cloudwatch = timed.client("application-autoscaling"), timed.client("cloudwatch")
    made = track(scaling)
    high, low = made["Alarms"]
    assert high["AlarmName"].startswith("TargetTracking-endpoint/shop/variant/main-AlarmHigh-")
    found = cloudwatch.describe_alarms(AlarmNames=[high["AlarmName"], low["AlarmName"]])["MetricAlarms"]
    assert [(one["EvaluationPeriods"], one["Threshold"], one["AlarmActions"]) for one in found] == [
        (3, 10.0, [made["PolicyARN"]]),
        (15, 9.0, [made["PolicyARN"]]),
    ]
    # Three minutes have load, the third need not be over: the endpoint grows two minutes after it came.
    shop.load(35.0)
    for _ in range(2):
        timed.minutes(1)
        shop.load(35.0)
    eventually(lambda: shop.desired == 4)
    (activity,) = activities(scaling)
    assert (activity["StatusCode"], activity["Description"]) == ("InProgress", "Setting desired instance count to 4.")
    assert activity["Cause"] == f"monitor alarm {high['AlarmName']} in state ALARM triggered policy hold"
    assert shop.settle() == 4
    done = eventually(lambda: activities(scaling)[0] if activities(scaling)[0]["StatusCode"] == "Successful" else None)
    assert done["StatusMessage"] == (
        "Successfully set desired instance count to 4. Change successfully fulfilled by sagemaker."
    )
    timed.minutes(1)
    pass_minutes(timed, shop, 14, 1.0, eventually)
    assert shop.desired == 4, "it shrinks only after a quarter of an hour of quiet"
    pass_minutes(timed, shop, 3, 1.0, eventually)
    eventually(lambda: shop.desired == 1)
    assert len(activities(scaling)) == 2


def test_growth_stops_at_the_maximum_and_in_a_cooldown(timed, shop, eventually):
    scaling = timed.client("application-autoscaling")
    track(scaling, high=3)
    for _ in range(3):
        shop.load(1000.0)
        timed.minutes(1)
    eventually(lambda: shop.desired == 3)
    shop.settle()
    pass_minutes(timed, shop, 3, 1000.0, eventually)
    assert (shop.desired, len(activities(scaling))) == (3, 1)


def test_a_policy_without_scale_in_has_one_alarm_and_deleting_it_deletes_that(timed, shop):
    scaling, cloudwatch = timed.client("application-autoscaling"), timed.client("cloudwatch")
    (alarm,) = track(scaling, DisableScaleIn=True)["Alarms"]
    (policy,) = scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    assert (policy["PolicyName"], policy["Alarms"]) == ("hold", [alarm])
    assert len(track(scaling)["Alarms"]) == 2
    scaling.delete_scaling_policy(**TARGET, PolicyName="hold")
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []
    assert scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"] == []


def test_steps_follow_an_alarm_of_ones_own(timed, shop, eventually):
    scaling, cloudwatch = timed.client("application-autoscaling"), timed.client("cloudwatch")
    scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=10)
    policy = scaling.put_scaling_policy(
        **TARGET,
        PolicyName="steps",
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "StepAdjustments": [
                {"MetricIntervalLowerBound": 0.0, "MetricIntervalUpperBound": 50.0, "ScalingAdjustment": 1},
                {"MetricIntervalLowerBound": 50.0, "ScalingAdjustment": 4},
            ],
        },
    )
    cloudwatch.put_metric_alarm(
        AlarmName="busy",
        Namespace="App",
        MetricName="queue",
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=100.0,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[policy["PolicyARN"]],
    )
    cloudwatch.put_metric_data(
        Namespace="App", MetricData=[{"MetricName": "queue", "Value": 160.0, "Timestamp": timed.now}]
    )
    timed.minutes(1)
    eventually(lambda: shop.desired == 5)
    (shown,) = scaling.describe_scaling_policies(ServiceNamespace="sagemaker", PolicyNames=["steps"])["ScalingPolicies"]
    assert [alarm["AlarmName"] for alarm in shown["Alarms"]] == ["busy"]


def test_bounds_are_enforced_at_once_and_suspended_policies_rest(timed, shop, eventually):
    scaling = timed.client("application-autoscaling")
    scaling.register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=5)
    eventually(lambda: shop.desired == 2)
    assert activities(scaling)[0]["Cause"] == "minimum capacity was set to 2"
    shop.settle()
    track(scaling, low=2, high=5)
    scaling.register_scalable_target(**TARGET, SuspendedState={"DynamicScalingOutSuspended": True})
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="sagemaker", ResourceIds=[TARGET["ResourceId"]])[
        "ScalableTargets"
    ]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 5)
    assert target["SuspendedState"]["DynamicScalingOutSuspended"] is True
    pass_minutes(timed, shop, 4, 1000.0, eventually)
    assert shop.desired == 2


def test_a_refused_change_is_an_activity_that_failed(timed, shop, eventually):
    scaling = timed.client("application-autoscaling")
    shop.endpoints.refuses = "There is no room for more."
    scaling.register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=5)
    (activity,) = eventually(lambda: activities(scaling))
    assert activity["StatusCode"] == "Failed" and "There is no room for more." in activity["StatusMessage"]
    shop.endpoints.refuses = ""
    timed.minutes(1)
    eventually(lambda: shop.desired == 2)


def test_a_scheduled_action_sets_bounds_when_its_time_comes(timed, shop, eventually):
    scaling = timed.client("application-autoscaling")
    scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=5)
    scaling.put_scheduled_action(
        **TARGET,
        ScheduledActionName="morning",
        Schedule="cron(0 9 ? * * *)",
        Timezone="America/New_York",
        ScalableTargetAction={"MinCapacity": 3},
    )
    (action,) = scaling.describe_scheduled_actions(ServiceNamespace="sagemaker")["ScheduledActions"]
    assert (action["Schedule"], action["Timezone"]) == ("cron(0 9 ? * * *)", "America/New_York")
    # It is seven in the morning in New York.
    timed.minutes(119)
    assert shop.desired == 1
    timed.minutes(1)
    eventually(lambda: shop.desired == 3)
    cause = activities(scaling)[0]["Cause"]
    assert cause == "scheduled action name morning was triggered and minimum capacity was set to 3"
    scaling.delete_scheduled_action(**TARGET, ScheduledActionName="morning")
    assert scaling.describe_scheduled_actions(ServiceNamespace="sagemaker")["ScheduledActions"] == []


def test_a_rate_begins_at_its_start_and_ends_with_its_end(timed, shop, eventually):
    scaling = timed.client("application-autoscaling")
    scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=5)
    scaling.put_scheduled_action(
        **TARGET,
        ScheduledActionName="hourly",
        Schedule="rate(1 hour)",
        StartTime=timed.now + timedelta(minutes=10),
        EndTime=timed.now + timedelta(minutes=20),
        ScalableTargetAction={"MinCapacity": 2},
    )
    timed.minutes(10)
    eventually(lambda: shop.desired == 2)
    shop.settle()
    scaling.register_scalable_target(**TARGET, MinCapacity=1)
    timed.minutes(60)
    eventually(timed.server.house.worker.idle)
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert target["MinCapacity"] == 1


def test_a_target_that_is_deregistered_takes_its_policies_and_alarms_along(timed, shop):
    scaling, cloudwatch = timed.client("application-autoscaling"), timed.client("cloudwatch")
    track(scaling)
    scaling.deregister_scalable_target(**TARGET)
    assert scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []
    assert scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"] == []
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


def test_targets_bear_tags_and_a_role_of_the_service(timed, shop):
    scaling, iam = timed.client("application-autoscaling"), timed.client("iam")
    made = scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=2, Tags={"team": "a"})
    arn = made["ScalableTargetARN"]
    scaling.tag_resource(ResourceARN=arn, Tags={"stage": "prod"})
    scaling.untag_resource(ResourceARN=arn, TagKeys=["team"])
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"stage": "prod"}
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    role = iam.get_role(RoleName="AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint")["Role"]
    assert role["Arn"] == target["RoleARN"]


def test_mistakes_are_refused_with_the_services_codes(timed, shop):
    scaling = timed.client("application-autoscaling")
    other = {**TARGET, "ResourceId": "endpoint/none/variant/main"}
    tracking = {"PolicyType": "TargetTrackingScaling", "PolicyName": "p"}
    unknown = {
        "TargetValue": 1.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ALBRequestCountPerTarget"},
    }
    bounds = {"MinCapacity": 1, "MaxCapacity": 2}
    refused = [
        (lambda: scaling.register_scalable_target(**other, **bounds), "Could not find endpoint"),
        (lambda: scaling.register_scalable_target(**{**TARGET, "ResourceId": "table/x"}, **bounds), "resource ID"),
        (
            lambda: scaling.register_scalable_target(**{**TARGET, "ResourceId": "endpoint/shop/variant/x"}, **bounds),
            "no variant x",
        ),
        (lambda: scaling.register_scalable_target(**TARGET, MinCapacity=3, MaxCapacity=2), "less than minimum"),
        (lambda: scaling.register_scalable_target(**TARGET), "required"),
        (lambda: scaling.register_scalable_target(**{**TARGET, "ServiceNamespace": "ecs"}, **bounds), "namespace"),
    ]
    for ask, text in refused:
        with pytest.raises(ClientError, match=text) as error:
            ask()
        assert error.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError) as absent:
        scaling.put_scaling_policy(**TARGET, **tracking, TargetTrackingScalingPolicyConfiguration=TRACKING)
    assert absent.value.response["Error"]["Code"] == "ObjectNotFoundException"
    scaling.register_scalable_target(**TARGET, **bounds)
    action = {**TARGET, "ScheduledActionName": "a", "ScalableTargetAction": {"MinCapacity": 1}}
    later = [
        (
            lambda: scaling.put_scaling_policy(**TARGET, **tracking, TargetTrackingScalingPolicyConfiguration=unknown),
            "not answered here",
        ),
        (lambda: scaling.put_scaling_policy(**TARGET, PolicyName="p", PolicyType="PredictiveScaling"), "not answered"),
        (lambda: scaling.put_scaling_policy(**TARGET, PolicyName="p"), "StepScalingPolicyConfiguration"),
        (lambda: scaling.put_scheduled_action(**action, Schedule="cron(0 9 * * * *)"), "day-of-month"),
        (lambda: scaling.put_scheduled_action(**action, Schedule="at(2001-01-01T00:00:00)"), "never comes"),
        (lambda: scaling.put_scheduled_action(**action, Schedule="rate(1 day)", Timezone="Mars"), "Mars"),
    ]
    for ask, text in later:
        with pytest.raises(ClientError, match=text) as error:
            ask()
        assert error.value.response["Error"]["Code"] == "ValidationException"
