"""Every state machine on one page: which member holds the status, which statuses are final, which event a change makes.

https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Lifecycle:
    """member: the document's member that holds the status. final: statuses that never change by themselves.
    task: the kind of task that moves the resource on while its status is not final (None: nothing does).
    detail_type: EventBridge's detail-type of a change, None where none is sent.
    source: the event's source, `ormer` where AWS sends none but people want to see the change.
    iso_times: whether that event carries times as ISO texts; most carry milliseconds.
    upper_in_events: the event gives the status as IN_SERVICE where the document says InService.
    shape: AWS's own name of the kind, where another service has a kind of that name too.
    """

    member: str
    final: frozenset[str] = frozenset()
    detail_type: str | None = None
    task: str | None = None
    source: str = "aws.sagemaker"
    iso_times: bool = False
    upper_in_events: bool = False
    shape: str = ""


def _final(text: str) -> frozenset[str]:
    return frozenset(text.split())


LIFECYCLES: dict[str, Lifecycle] = {
    "TrainingJob": Lifecycle(
        "TrainingJobStatus", _final("Completed Failed Stopped"), "SageMaker Training Job State Change", "job"
    ),
    "ProcessingJob": Lifecycle(
        "ProcessingJobStatus", _final("Completed Failed Stopped"), "SageMaker Processing Job State Change", "job"
    ),
    "TransformJob": Lifecycle(
        "TransformJobStatus", _final("Completed Failed Stopped"), "SageMaker Transform Job State Change", "job"
    ),
    "HyperParameterTuningJob": Lifecycle(
        "HyperParameterTuningJobStatus",
        _final("Completed Failed Stopped"),
        "SageMaker HyperParameter Tuning Job State Change",
        "tuning_job",
    ),
    # Its event is ormer's own, since AWS sends none: Studio shows by it how a job fares.
    "AutoMLJob": Lifecycle(
        "AutoMLJobStatus",
        _final("Completed Failed Stopped"),
        "SageMaker AutoML Job State Change",
        "automl_job",
        source="ormer",
    ),
    "Pipeline": Lifecycle("PipelineStatus", _final("Active Deleting"), None),
    # Its event has members of its own: stores/runs/executions.py sends it in the same transaction.
    "PipelineExecution": Lifecycle(
        "PipelineExecutionStatus", _final("Succeeded Failed Stopped"), None, "pipeline_execution"
    ),
    "ModelPackageGroup": Lifecycle("ModelPackageGroupStatus", _final("Completed Failed DeleteFailed")),
    "ModelPackage": Lifecycle(
        "ModelPackageStatus",
        _final("Completed Failed"),
        "SageMaker Model Package State Change",
        iso_times=True,
    ),
    "Endpoint": Lifecycle(
        "EndpointStatus",
        _final("InService Failed OutOfService UpdateRollbackFailed"),
        "SageMaker Endpoint State Change",
        "endpoint",
        upper_in_events=True,
    ),
    # Never final; their events have members of their own: stores/alarms/states.py sends them in the same transaction.
    "MetricAlarm": Lifecycle("StateValue", task="alarm", source="aws.cloudwatch"),
    "CompositeAlarm": Lifecycle("StateValue", task="alarm", source="aws.cloudwatch"),
    "Replay": Lifecycle("State", _final("COMPLETED CANCELLED FAILED"), None, "event_replay", source="aws.events"),
    # Its events have members of their own: stores/repositories/pull_requests.py sends them in the same transaction.
    "PullRequest": Lifecycle("pullRequestStatus", _final("CLOSED"), source="aws.codecommit"),
    # Its events have members of their own: stores/stacks writes them in the same transaction.
    "Stack": Lifecycle(
        "StackStatus",
        _final(
            "CREATE_COMPLETE CREATE_FAILED ROLLBACK_COMPLETE ROLLBACK_FAILED UPDATE_COMPLETE UPDATE_FAILED "
            "UPDATE_ROLLBACK_COMPLETE UPDATE_ROLLBACK_FAILED DELETE_COMPLETE DELETE_FAILED REVIEW_IN_PROGRESS"
        ),
        task="stack",
        source="aws.cloudformation",
    ),
    # What a function is asked to do for a stack; its answer comes through the gateway.
    "CustomResource": Lifecycle(
        "ResourceStatus",
        _final("CREATE_COMPLETE CREATE_FAILED UPDATE_COMPLETE UPDATE_FAILED DELETE_COMPLETE DELETE_FAILED"),
        task="custom_resource",
        source="aws.cloudformation",
        shape="StackResource",
    ),
    # Its events have members of their own: stores/builds.py writes them in the same transaction.
    "Build": Lifecycle(
        "buildStatus", _final("SUCCEEDED FAILED FAULT TIMED_OUT STOPPED"), task="build", source="aws.codebuild"
    ),
    # Active once its code is kept: there is nothing to be made ready first.
    "Function": Lifecycle("State", _final("Active"), source="aws.lambda", shape="FunctionConfiguration"),
    "FunctionVersion": Lifecycle("State", _final("Active"), source="aws.lambda", shape="FunctionConfiguration"),
    "FunctionInvocation": Lifecycle(
        "Status", _final("SUCCEEDED FAILED"), task="function_invocation", source="aws.lambda", shape="DurableExecution"
    ),
    # Follows its stack. The event is ormer's own, since AWS sends none: Studio shows by it how a project comes up.
    "Project": Lifecycle(
        "ProjectStatus",
        _final("CreateCompleted CreateFailed UpdateCompleted UpdateFailed DeleteCompleted DeleteFailed"),
        "Project Status Change",
        task="project",
        source="ormer",
    ),
    # Set up and emptied by its task.
    "FeatureGroup": Lifecycle(
        "FeatureGroupStatus",
        _final("Created CreateFailed DeleteFailed"),
        "SageMaker Feature Group State Change",
        "feature_group",
    ),
    "QueryExecution": Lifecycle(
        "State",
        _final("SUCCEEDED FAILED CANCELLED"),
        "Athena Query State Change",
        "query_execution",
        source="aws.athena",
        shape="QueryExecutionStatus",
    ),
    # Kept to be described; nothing of them is set up.
    "Domain": Lifecycle("Status", _final("InService Failed Update_Failed Delete_Failed")),
    "UserProfile": Lifecycle("Status", _final("InService Failed Update_Failed Delete_Failed")),
    "Space": Lifecycle("Status", _final("InService Failed Update_Failed Delete_Failed")),
    "Image": Lifecycle("ImageStatus", _final("CREATED CREATE_FAILED UPDATE_FAILED DELETE_FAILED")),
    "ImageVersion": Lifecycle("ImageVersionStatus", _final("CREATED CREATE_FAILED DELETE_FAILED")),
    # Available once somebody said which repositories stand behind it.
    "CodeConnection": Lifecycle(
        "ConnectionStatus", _final("AVAILABLE ERROR"), source="aws.codeconnections", shape="Connection"
    ),
    # A schedule is moved by people; one that is Scheduled has a task that fires its times.
    "MonitoringSchedule": Lifecycle("MonitoringScheduleStatus", _final("Stopped Failed"), task="monitoring_schedule"),
    # Their events are ormer's own, since AWS sends none: stores/monitoring writes them in the same transaction.
    "MonitoringExecution": Lifecycle(
        "MonitoringExecutionStatus",
        _final("Completed CompletedWithViolations Failed Stopped"),
        task="monitoring_execution",
        shape="MonitoringExecutionSummary",
    ),
    "MonitoringAlert": Lifecycle("AlertStatus", shape="MonitoringAlertSummary"),
    # AWS sends no events of these. A server that stands still has a task, which brings it back when it ends.
    "MlflowTrackingServer": Lifecycle(
        "TrackingServerStatus",
        _final(
            "Created CreateFailed Updated UpdateFailed DeleteFailed Stopped StopFailed Started StartFailed "
            "MaintenanceComplete MaintenanceFailed"
        ),
        task="mlflow_server",
    ),
    "MlflowApp": Lifecycle(
        "Status", _final("Created CreateFailed Updated UpdateFailed DeleteFailed Deleted"), task="mlflow_server"
    ),
    # AWS sends no event of it.
    "ModelCardExportJob": Lifecycle("Status", _final("Completed Failed"), task="model_card_export"),
    # Its events have members of their own: stores/state_machines/executions.py sends them in the same transaction, as
    # of aws.states.
    "StateMachineExecution": Lifecycle(
        "status",
        _final("SUCCEEDED FAILED TIMED_OUT ABORTED"),
        task="state_machine_execution",
        source="aws.stepfunctions",
        shape="Execution",
    ),
    "ChangeSet": Lifecycle("Status", _final("CREATE_COMPLETE FAILED"), source="aws.cloudformation"),
    # Moved by its pipeline's task, told of by stores/deliveries in the same transaction. A retried stage makes a failed
    # or stopped one go on.
    "DeliveryExecution": Lifecycle(
        "status",
        _final("Cancelled Stopped Succeeded Superseded Failed"),
        source="aws.codepipeline",
        shape="PipelineExecution",
    ),
}

NONE = Lifecycle("")


def lifecycle(kind: str) -> Lifecycle:
    """The kind's lifecycle; one without a status for quiet nouns."""
    return LIFECYCLES.get(kind, NONE)
