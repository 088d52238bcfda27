"""AutoML jobs of the second version: the same jobs in other words, of tables only.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateAutoMLJobV2.html
"""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import validation
from ormer.services.sagemaker import automl_requests
from ormer.services.sagemaker.automl_jobs import AUTOML_JOB, NAME, STARTING, best
from ormer.stores.automl.facts import VERSION
from ormer.stores.automl.requests import asked as read
from ormer.stores.port import Call

JsonDict = dict[str, Any]
TABULAR = "TabularJobConfig"
PROBLEM = "AutoMLProblemTypeConfig"
# Members of an input channel in both versions.
OF_CHANNELS = ("ChannelType", "ContentType", "CompressionType", "DataSource")


def create_auto_ml_job_v2(call: Call, request: JsonDict) -> JsonDict:
    """Start an AutoML job of a table. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateAutoMLJobV2.html

    Differs: images, texts, time series and language models are refused, as is Amazon EMR; else as CreateAutoMLJob.
    Errors: ResourceInUse for a taken name, ValidationException.
    """
    given = [name for name, value in request[PROBLEM].items() if value is not None]
    if len(given) != 1:
        raise validation("Give exactly one configuration in AutoMLProblemTypeConfig.")
    if given != [TABULAR]:
        raise validation(f"ormer has AutoML for tables only: {given[0]} is not available. Use {TABULAR}.")
    if request.get("AutoMLComputeConfig"):
        raise validation("ormer has no Amazon EMR: leave AutoMLComputeConfig out.")
    asked = read(request)
    automl_requests.check(call, asked)
    facts = automl_requests.facts_of(call, asked, 2)
    document = {
        **STARTING,
        "AutoMLJobInputDataConfig": automl_requests.described(request["AutoMLJobInputDataConfig"]),
        "AutoMLProblemTypeConfigName": "Tabular",
        **automl_requests.left_out(asked, facts),
    }
    row = AUTOML_JOB.create(call, request, document=document, status="InProgress", facts=facts)
    return {"AutoMLJobArn": row.arn}


def describe_auto_ml_job_v2(call: Call, request: JsonDict) -> JsonDict:
    """Answer an AutoML job of either version with its best candidate so far. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeAutoMLJobV2.html

    Errors: ResourceNotFound.
    """
    row = AUTOML_JOB.get(call, request[NAME])
    document = row.document if row.facts[VERSION] != 1 else _in_second_words(row.document)
    return {**document, **best(call, row)}


def _in_second_words(document: JsonDict) -> JsonDict:
    """A job of the first version as DescribeAutoMLJobV2 tells it."""
    config = document.get("AutoMLJobConfig") or {}
    channels = document["InputDataConfig"]
    generation = config.get("CandidateGenerationConfig") or {}
    tabular = {
        "TargetAttributeName": channels[0]["TargetAttributeName"],
        "SampleWeightAttributeName": channels[0].get("SampleWeightAttributeName"),
        "ProblemType": document.get("ProblemType"),
        "Mode": config.get("Mode"),
        "CompletionCriteria": config.get("CompletionCriteria"),
        "GenerateCandidateDefinitionsOnly": document.get("GenerateCandidateDefinitionsOnly"),
        "FeatureSpecificationS3Uri": generation.get("FeatureSpecificationS3Uri"),
        "CandidateGenerationConfig": _only(generation, "AlgorithmsConfig") or None,
    }
    told = {
        "AutoMLJobInputDataConfig": [_only(one, *OF_CHANNELS) for one in channels],
        PROBLEM: {TABULAR: {name: value for name, value in tabular.items() if value is not None}},
        "AutoMLProblemTypeConfigName": "Tabular",
        **_only(config, "SecurityConfig", "DataSplitConfig"),
    }
    resolved = document.get("ResolvedAttributes")
    if resolved:
        problem = {"TabularResolvedAttributes": _only(resolved, "ProblemType")}
        told["ResolvedAttributes"] = {
            **_only(resolved, "AutoMLJobObjective", "CompletionCriteria"),
            "AutoMLProblemTypeResolvedAttributes": problem,
        }
    return {**document, **told}


def _only(given: JsonDict, *names: str) -> JsonDict:
    return {name: given[name] for name in names if given.get(name) is not None}
