"""Tunes hyperparameters: the task "tuning_job", whose subject is the tuning job's ARN.

What was begun stands in the tuning job's facts, written in the transaction that creates the training job, so that a
second run begins nothing twice. The values of a training job follow from its number and from what had ended by then.
Training jobs wake the task when their status changes; they are admitted by capacity as any others.
https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-how-it-works.html
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from ormer.aws.errors import AwsError
from ormer.aws.identities import root_identity
from ormer.aws.lifecycles import lifecycle
from ormer.engines.tuning import early, parents, searches
from ormer.engines.tuning.scales import Parameter, parameters
from ormer.engines.tuning.searches import Seen
from ormer.engines.worker import Again, Work
from ormer.stores import resources, tagging, tuning
from ormer.stores.database import Tx
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
NONE_SUCCEEDED = "All training jobs failed. Please take a look at the training jobs failures to get more details."
NO_OBJECTIVE = (
    "No objective metrics found after running {count} training jobs. Please ensure that the custom algorithm is "
    "emitting the objective metric as defined by the regular expression provided."
)
# How many training jobs may end well without their objective before a tuning job is given up.
WITHOUT_OBJECTIVE_MAX = 5
# How often it looks whether a training job that runs is still worth its time.
LOOK_SECONDS = 2.0
OUT_OF_TIME = "The maximum runtime of the tuning job is over."
# What a training job takes from its definition under the same name.
TAKEN = (
    "RoleArn",
    "InputDataConfig",
    "VpcConfig",
    "OutputDataConfig",
    "StoppingCondition",
    "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
    "CheckpointConfig",
    "RetryStrategy",
    "Environment",
)
OF_INSTANCES = ("InstanceType", "InstanceCount", "VolumeSizeInGB", "VolumeKmsKeyId")


def run(work: Work) -> Again | None:
    """Move a tuning job on. Returns None when its status is final, else when to look again."""
    with work.write() as tx:
        row = resources.get(tx, work.subject)
        if row is None or row.status in lifecycle(row.kind).final:
            return None
        step = _Step(work, tx, row, tuning.summaries(tx, row))
        step.stop_hopeless()
        ending = step.ending()
        if ending is None:
            ending = step.begin_more()
        if ending is not None and step.quiet():
            step.end(*ending)
            return None
        step.save()
        at = step.next_look()
    return Again(at=at) if at is not None else Again()


def give_up(work: Work, tx: Tx, reason: str) -> bool:
    """Fail a tuning job whose task raises again and again; training jobs it has begun come to their own end.

    See `work.Ending`.
    """
    row = resources.get(tx, work.subject)
    if row is None or row.status in lifecycle(row.kind).final:
        return False
    change = {"FailureReason": reason, "HyperParameterTuningEndTime": work.now}
    resources.advance(tx, row.arn, "Failed", now=work.now, expect=(row.status,), change=change)
    return True


@dataclass
class _Step:
    """One look at a tuning job, within one transaction."""

    work: Work
    tx: Tx
    row: Row
    found: list[JsonDict]

    @property
    def limits(self) -> JsonDict:
        limits: JsonDict = self.row.document[tuning.CONFIG]["ResourceLimits"]
        return limits

    def running(self) -> list[JsonDict]:
        return [one for one in self.found if one["TrainingJobStatus"] not in tuning.ENDED]

    def deadline(self) -> float | None:
        seconds = self.limits.get("MaxRuntimeInSeconds")
        return self.row.created + seconds if seconds else None

    def next_look(self) -> float | None:
        """When to look again although nothing has ended; None when nothing would have changed."""
        due = [self.deadline(), self.work.now + LOOK_SECONDS if early.is_wanted(self.row) and self.running() else None]
        return min((one for one in due if one is not None), default=None)

    def stop_hopeless(self) -> None:
        """Stop the training jobs that are not worth their time any more, as far as they have told."""
        if not (early.is_wanted(self.row) and self.running()):
            return
        trials = list(self.row.facts[tuning.TRIALS])
        api = self.work.port.acting_as(root_identity(self.row.account), self.row.region)
        for number in early.hopeless(self.tx, self.row, self.found):
            trials[number] = {**trials[number], "early": True}
            name = trials[number]["arn"].rsplit("/", 1)[-1]
            api("sagemaker", "StopTrainingJob", {"TrainingJobName": name})
        if trials != self.row.facts[tuning.TRIALS]:
            facts = {**self.row.facts, tuning.TRIALS: trials}
            self.row = resources.save(self.tx, self.row, {}, now=self.work.now, facts=facts)
            self.found = tuning.summaries(self.tx, self.row)

    def ending(self) -> tuple[str, str] | None:
        """(status, reason) that it is to end with although not everything was tried; None when it is to go on."""
        deadline = self.deadline()
        if self.row.status == "Stopping":
            return "Stopped", ""
        if "refused" in self.row.facts:
            return "Failed", str(self.row.facts["refused"])
        if deadline is not None and self.work.now >= deadline:
            return "Stopped", OUT_OF_TIME
        mute = self._without_objective()
        if mute >= WITHOUT_OBJECTIVE_MAX:
            return "Failed", NO_OBJECTIVE.format(count=mute)
        return ("Completed", "") if self._is_good_enough() else None

    def _without_objective(self) -> int:
        """How many training jobs ended well without telling their objective; 0 once one has told it."""
        ended = [one for one in self.found if one["TrainingJobStatus"] == "Completed"]
        return 0 if tuning.ranked(ended) else len(ended)

    def _is_good_enough(self) -> bool:
        criteria = self.row.document[tuning.CONFIG].get("TuningJobCompletionCriteria") or {}
        best = tuning.ranked(self.found)
        target = criteria.get("TargetObjectiveMetricValue")
        if target is not None and best:
            metric = best[0][tuning.OBJECTIVE]
            sign = -1 if metric["Type"] == "Maximize" else 1
            if sign * float(metric["Value"]) <= sign * float(target):
                return True
        patience = (criteria.get("BestObjectiveNotImproving") or {}).get("MaxNumberOfTrainingJobsNotImproving")
        if not patience or not best:
            return False
        ended = [one for one in self.found if one["TrainingJobStatus"] in tuning.ENDED]
        return len(ended) - 1 - ended.index(best[0]) >= int(patience)

    def begin_more(self) -> tuple[str, str] | None:
        """Begin as many training jobs as may run beside each other; (status, reason) when no more are to come."""
        most = self.limits.get("MaxNumberOfTrainingJobs")
        while len(self.running()) < self.limits["MaxParallelTrainingJobs"]:
            number = len(self.row.facts[tuning.TRIALS])
            if most is not None and number >= most:
                return "Completed", ""
            try:
                if not self._begin(number):
                    return "Completed", ""
            except AwsError as error:
                self.row = resources.save(
                    self.tx, self.row, {}, now=self.work.now, facts={**self.row.facts, "refused": error.message}
                )
                return "Failed", error.message
        return None

    def _begin(self, number: int) -> bool:
        """Begin the training job of this number; False when there is nothing left to try."""
        document, given = self.row.document, tuning.definitions(self.row.document)
        definition = given[number % len(given)]
        searched = parameters(tuning.ranges(document, definition))
        values = searches.propose(
            document[tuning.CONFIG]["Strategy"],
            searched,
            str(document[tuning.CONFIG].get("RandomSeed", self.row.arn)),
            number,
            self._seen(definition, searched),
        )
        if values is None:
            return False
        name = self._name(number)
        api = self.work.port.acting_as(root_identity(self.row.account), self.row.region)
        with self.tx.connection.begin_nested():
            arn = str(api("sagemaker", "CreateTrainingJob", self._request(definition, name, values))["TrainingJobArn"])
        training = resources.get(self.tx, arn)
        assert training is not None, "it was made in this transaction"
        resources.save(self.tx, training, {"TuningJobArn": self.row.arn}, now=self.work.now, touch=False)
        trial = {"arn": arn, "parameters": values, "definition": definition.get("DefinitionName", "")}
        facts = {**self.row.facts, tuning.TRIALS: [*self.row.facts[tuning.TRIALS], trial]}
        self.row = resources.save(self.tx, self.row, {}, now=self.work.now, facts=facts)
        resources.watch(self.tx, arn, self.work.task.kind, self.row.arn)
        self.found = tuning.summaries(self.tx, self.row)
        return True

    def _seen(self, definition: JsonDict, searched: list[Parameter]) -> list[Seen]:
        mine = [one for one in tuning.ranked(self.found) if tuning.is_of(one, definition)]
        own = [Seen(one["TunedHyperParameters"], tuning.loss(one)) for one in mine]
        learned = self.row.facts.get(tuning.LEARNED)
        if not learned:
            return own
        before = [parents.within([Seen(one["values"], one["loss"]) for one in group], searched) for group in learned]
        return parents.taken_over(self.row.document[tuning.WARM_START]["WarmStartType"], own, before)

    def _name(self, number: int) -> str:
        digest = hashlib.sha256(f"{self.row.arn} {self.row.created} {number}".encode()).hexdigest()
        return f"{self.row.name}-{number + 1:03d}-{digest[:8]}"

    def _request(self, definition: JsonDict, name: str, values: dict[str, str]) -> JsonDict:
        many = definition.get("HyperParameterTuningResourceConfig") or {}
        instances = (many.get("InstanceConfigs") or [{}])[0] | many
        return {
            "TrainingJobName": name,
            "AlgorithmSpecification": definition["AlgorithmSpecification"],
            "HyperParameters": {**definition["StaticHyperParameters"], **values},
            "ResourceConfig": definition.get("ResourceConfig")
            or {key: instances[key] for key in OF_INSTANCES if key in instances},
            **{key: definition[key] for key in TAKEN if key in definition},
            "Tags": tagging.listed(self.tx, self.row.arn),
        }

    def quiet(self) -> bool:
        """Whether nothing runs any more; what does is asked to stop, unless all of it was to be tried."""
        running = self.running()
        is_early = self.row.status == "Stopping" or self.ending() is not None
        for one in running if is_early else ():
            training = resources.get(self.tx, one["TrainingJobArn"])
            if training is not None and training.status == "InProgress":
                api = self.work.port.acting_as(root_identity(self.row.account), self.row.region)
                api("sagemaker", "StopTrainingJob", {"TrainingJobName": training.name})
        return not running

    def end(self, status: str, reason: str) -> None:
        """Say how it ended: Failed when nothing that was tried came to an end well, or told its objective."""
        told = self._told()
        if status == "Completed" and not (told["TrainingJobStatusCounters"]["Completed"] or "BestTrainingJob" in told):
            status, reason = "Failed", NONE_SUCCEEDED
        elif status == "Completed" and (mute := self._without_objective()):
            status, reason = "Failed", NO_OBJECTIVE.format(count=mute)
        change = {
            **told,
            "HyperParameterTuningEndTime": self.work.now,
            **({"FailureReason": reason} if reason else {}),
        }
        resources.advance(self.tx, self.row.arn, status, now=self.work.now, change=change)

    def _told(self) -> JsonDict:
        return tuning.told(self.found, self.row.facts.get(tuning.INHERITED))

    def save(self) -> None:
        """Count what runs and what has ended, where that has changed."""
        told = self._told()
        if any(self.row.document.get(name) != value for name, value in told.items()):
            self.row = resources.save(self.tx, self.row, told, now=self.work.now)
