"""What an AutoML job is asked to do, in either version's words.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateAutoMLJob.html
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateAutoMLJobV2.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

JsonDict = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What an AutoML job is to do, whichever version's words it was given in. Texts are "" where nothing is said."""

    target: str
    role: str
    output: str
    channels: tuple[JsonDict, ...]
    weight: str = ""
    problem: str = ""
    objective: str = ""
    mode: str = ""
    algorithms: tuple[str, ...] | None = None
    features: str = ""
    fraction: float | None = None
    limits: JsonDict = field(default_factory=dict)
    definitions_only: bool = False
    deploy: JsonDict = field(default_factory=dict)
    security: JsonDict = field(default_factory=dict)

    def channel(self, kind: str) -> JsonDict | None:
        """The channel `training` or `validation`."""
        return next((one for one in self.channels if one.get("ChannelType", "training") == kind), None)


def asked(document: JsonDict) -> Asked:
    """A request of either version, or a job's document, read once."""
    return _asked_second(document) if "AutoMLProblemTypeConfig" in document else _asked_first(document)


def _asked_first(document: JsonDict) -> Asked:
    config = document.get("AutoMLJobConfig") or {}
    channels = tuple(document["InputDataConfig"])
    return Asked(
        target=channels[0]["TargetAttributeName"],
        role=document["RoleArn"],
        output=document["OutputDataConfig"]["S3OutputPath"].rstrip("/"),
        channels=channels,
        weight=channels[0].get("SampleWeightAttributeName") or "",
        problem=document.get("ProblemType") or "",
        objective=(document.get("AutoMLJobObjective") or {}).get("MetricName", ""),
        mode=config.get("Mode") or "",
        definitions_only=bool(document.get("GenerateCandidateDefinitionsOnly")),
        deploy=document.get("ModelDeployConfig") or {},
        security=config.get("SecurityConfig") or {},
        fraction=(config.get("DataSplitConfig") or {}).get("ValidationFraction"),
        limits=config.get("CompletionCriteria") or {},
        features=(config.get("CandidateGenerationConfig") or {}).get("FeatureSpecificationS3Uri") or "",
        algorithms=_algorithms(config.get("CandidateGenerationConfig") or {}),
    )


def _asked_second(document: JsonDict) -> Asked:
    config = document["AutoMLProblemTypeConfig"].get("TabularJobConfig") or {}
    return Asked(
        target=config.get("TargetAttributeName", ""),
        role=document["RoleArn"],
        output=document["OutputDataConfig"]["S3OutputPath"].rstrip("/"),
        channels=tuple(document["AutoMLJobInputDataConfig"]),
        weight=config.get("SampleWeightAttributeName") or "",
        problem=config.get("ProblemType") or "",
        objective=(document.get("AutoMLJobObjective") or {}).get("MetricName", ""),
        mode=config.get("Mode") or "",
        definitions_only=bool(config.get("GenerateCandidateDefinitionsOnly")),
        deploy=document.get("ModelDeployConfig") or {},
        security=document.get("SecurityConfig") or {},
        fraction=(document.get("DataSplitConfig") or {}).get("ValidationFraction"),
        limits=config.get("CompletionCriteria") or {},
        features=config.get("FeatureSpecificationS3Uri") or "",
        algorithms=_algorithms(config.get("CandidateGenerationConfig") or {}),
    )


def _algorithms(config: JsonDict) -> tuple[str, ...] | None:
    """The algorithms a job is to keep to; None where it says nothing, or an empty list."""
    named = [name for one in config.get("AlgorithmsConfig") or () for name in one.get("AutoMLAlgorithms") or ()]
    return tuple(named) or None
