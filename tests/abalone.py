"""The abalone pipeline's definition: data checks -> training -> model checks -> evaluation -> registration.

Written as the JSON that the SageMaker SDK would emit, so that no SDK is needed: the service sees no difference.
Its jobs run the scripts of the model-building repository.
https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/
"""

from __future__ import annotations

from importlib import resources
from typing import Any

JsonDict = dict[str, Any]

REGISTRY = "683313688378.dkr.ecr.{region}.amazonaws.com"
SKLEARN = REGISTRY + "/sagemaker-scikit-learn:1.4-2-cpu-py3"
XGBOOST = REGISTRY + "/sagemaker-xgboost:3.0-5"
MONITOR = "156813124566.dkr.ecr.{region}.amazonaws.com/sagemaker-model-monitor-analyzer"
CLARIFY = "205585389593.dkr.ecr.{region}.amazonaws.com/sagemaker-clarify-processing:1.0"
INSTANCE = "ml.m5.large"
CHECKS = ("DataQuality", "DataBias", "ModelQuality", "ModelBias", "ModelExplainability")


class Definition:
    """Builds the definition for one bucket, prefix, region and role."""

    def __init__(self, bucket: str, prefix: str, region: str, role: str, group: str) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._region = region
        self._role = role
        self._group = group

    def json(self) -> JsonDict:
        """The pipeline definition, version 2020-12-01."""
        return {
            "Version": "2020-12-01",
            "Metadata": {},
            "Parameters": self._parameters(),
            "PipelineExperimentConfig": {
                "ExperimentName": {"Get": "Execution.PipelineName"},
                "TrialName": {"Get": "Execution.PipelineExecutionId"},
            },
            "Steps": [
                self._preprocess(),
                self._quality("DataQuality", "DATA_QUALITY", _train_data(), {}),
                self._clarify("DataBias", "DATA_BIAS"),
                self._train(),
                self._create_model(),
                self._transform(),
                self._quality(
                    "ModelQuality",
                    "MODEL_QUALITY",
                    {"Get": "Steps.Transform.TransformOutput.S3OutputPath"},
                    {
                        "analysis_type": "MODEL_QUALITY",
                        "problem_type": "Regression",
                        "inference_attribute": "_c1",
                        "ground_truth_attribute": "_c0",
                    },
                ),
                self._clarify("ModelBias", "MODEL_BIAS"),
                self._clarify("ModelExplainability", "MODEL_EXPLAINABILITY"),
                self._evaluate(),
                self._decide(),
            ],
        }

    def analysis_configs(self) -> dict[str, JsonDict]:
        """Clarify's configurations by check; they go to `config_uri(check)`."""
        data: JsonDict = {
            "dataset_type": "text/csv",
            "label": 0,
            "label_values_or_threshold": [15.0],
            "facet": [{"name_or_index": 8, "value_or_threshold": [0.5]}],
        }
        predictor = {"initial_instance_count": 1, "instance_type": INSTANCE}
        report = {"name": "report", "title": "Analysis Report"}
        return {
            "DataBias": {**data, "methods": {"pre_training_bias": {"methods": "all"}, "report": report}},
            "ModelBias": {
                **data,
                "methods": {"post_training_bias": {"methods": "all"}, "report": report},
                "predictor": predictor,
            },
            "ModelExplainability": {
                "dataset_type": "text/csv",
                "label": 0,
                "methods": {"shap": {"num_samples": 100, "use_logit": False, "seed": 123}, "report": report},
                "predictor": predictor,
            },
        }

    def config_uri(self, check: str) -> str:
        return f"s3://{self._bucket}/{self._prefix}/config/{check}/analysis_config.json"

    def code_uri(self, script: str) -> str:
        return f"s3://{self._bucket}/{self._prefix}/code/{script}"

    def _parameters(self) -> list[JsonDict]:
        seed = f"s3://sagemaker-servicecatalog-seedcode-{self._region}/dataset/abalone-dataset.csv"
        found: list[JsonDict] = [
            {"Name": "InputDataUrl", "Type": "String", "DefaultValue": seed},
            {"Name": "MaxDepth", "Type": "String", "DefaultValue": "5"},
            {"Name": "Rounds", "Type": "String", "DefaultValue": "50"},
            {"Name": "MseThreshold", "Type": "Float", "DefaultValue": 6.0},
        ]
        for check in CHECKS:
            found.append({"Name": f"Skip{check}Check", "Type": "Boolean", "DefaultValue": False})
            found.append({"Name": f"RegisterNew{check}Baseline", "Type": "Boolean", "DefaultValue": False})
        return found

    def _output(self, step: str, name: str) -> JsonDict:
        parts = ["s3:/", self._bucket, self._prefix, {"Get": "Execution.PipelineExecutionId"}, step, name]
        return {"Std:Join": {"On": "/", "Values": parts}}

    def _job(self, image: str, inputs: list[JsonDict], outputs: list[JsonDict], **application: Any) -> JsonDict:
        return {
            "ProcessingResources": {
                "ClusterConfig": {"InstanceType": INSTANCE, "InstanceCount": 1, "VolumeSizeInGB": 20}
            },
            "AppSpecification": {"ImageUri": image.format(region=self._region), **application},
            "RoleArn": self._role,
            "ProcessingInputs": inputs,
            "ProcessingOutputConfig": {"Outputs": outputs},
        }

    def _preprocess(self) -> JsonDict:
        return {
            "Name": "Preprocess",
            "Type": "Processing",
            "Arguments": self._job(
                SKLEARN,
                [
                    _input("data", {"Get": "Parameters.InputDataUrl"}, "/opt/ml/processing/data"),
                    _input("code", self.code_uri("preprocess.py"), "/opt/ml/processing/input/code"),
                ],
                [_upload(name, self._output("Preprocess", name)) for name in ("train", "validation", "test")],
                ContainerEntrypoint=["python3", "/opt/ml/processing/input/code/preprocess.py"],
            ),
        }

    def _quality(self, check: str, kind: str, data: Any, environment: dict[str, str]) -> JsonDict:
        folder = "/opt/ml/processing/input/baseline_dataset_input"
        arguments = self._job(
            MONITOR,
            [_input("baseline_dataset_input", data, folder)],
            [_upload("quality_check_output", self._output(check, "check"), "/opt/ml/processing/output")],
        )
        arguments["Environment"] = {
            "output_path": "/opt/ml/processing/output",
            "publish_cloudwatch_metrics": "Disabled",
            "dataset_format": '{"csv": {"header": false, "output_columns_position": "START"}}',
            "dataset_source": folder,
            **environment,
        }
        return {
            "Name": f"{check}Check",
            "Type": "QualityCheck",
            "Arguments": arguments,
            **self._flags(check, kind),
            "SuppliedBaselineStatistics": None,
        }

    def _clarify(self, check: str, kind: str) -> JsonDict:
        step = {
            "Name": f"{check}Check",
            "Type": "ClarifyCheck",
            "Arguments": self._job(
                CLARIFY,
                [
                    _input("analysis_config", self.config_uri(check), "/opt/ml/processing/input/config"),
                    _input("dataset", _train_data(), "/opt/ml/processing/input/data"),
                ],
                [_upload("analysis_result", self._output(check, "check"), "/opt/ml/processing/output")],
            ),
            **self._flags(check, kind),
        }
        if check != "DataBias":
            step["ModelName"] = {"Get": "Steps.CreateModel.ModelName"}
        return step

    def _flags(self, check: str, kind: str) -> JsonDict:
        return {
            "CheckType": kind,
            "ModelPackageGroupName": self._group,
            "SkipCheck": {"Get": f"Parameters.Skip{check}Check"},
            "FailOnViolation": True,
            "RegisterNewBaseline": {"Get": f"Parameters.RegisterNew{check}Baseline"},
            "SuppliedBaselineConstraints": None,
        }

    def _train(self) -> JsonDict:
        channels = []
        for name in ("train", "validation"):
            uri = {"Get": f"Steps.Preprocess.ProcessingOutputConfig.Outputs['{name}'].S3Output.S3Uri"}
            source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
            channels.append({"ChannelName": name, "ContentType": "text/csv", "DataSource": {"S3DataSource": source}})
        return {
            "Name": "Train",
            "Type": "Training",
            "DependsOn": ["DataQualityCheck", "DataBiasCheck"],
            "Arguments": {
                "AlgorithmSpecification": {
                    "TrainingImage": XGBOOST.format(region=self._region),
                    "TrainingInputMode": "File",
                },
                "HyperParameters": {
                    "objective": "reg:squarederror",
                    "num_round": {"Get": "Parameters.Rounds"},
                    "max_depth": {"Get": "Parameters.MaxDepth"},
                    "eta": "0.2",
                    "gamma": "4",
                    "min_child_weight": "6",
                    "subsample": "0.7",
                    "seed": "7",
                },
                "InputDataConfig": channels,
                "OutputDataConfig": {"S3OutputPath": f"s3://{self._bucket}/{self._prefix}/models"},
                "ResourceConfig": {"InstanceType": INSTANCE, "InstanceCount": 1, "VolumeSizeInGB": 20},
                "RoleArn": self._role,
                "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
            },
        }

    def _container(self) -> JsonDict:
        return {
            "Image": XGBOOST.format(region=self._region),
            "ModelDataUrl": {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"},
        }

    def _create_model(self) -> JsonDict:
        return {
            "Name": "CreateModel",
            "Type": "Model",
            "Arguments": {"ExecutionRoleArn": self._role, "PrimaryContainer": {**self._container(), "Environment": {}}},
        }

    def _transform(self) -> JsonDict:
        test = {"Get": "Steps.Preprocess.ProcessingOutputConfig.Outputs['test'].S3Output.S3Uri"}
        return {
            "Name": "Transform",
            "Type": "Transform",
            "Arguments": {
                "ModelName": {"Get": "Steps.CreateModel.ModelName"},
                "TransformInput": {
                    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": test}},
                    "ContentType": "text/csv",
                    "SplitType": "Line",
                },
                "TransformOutput": {
                    "S3OutputPath": self._output("Transform", "predictions"),
                    "Accept": "text/csv",
                    "AssembleWith": "Line",
                },
                "TransformResources": {"InstanceType": INSTANCE, "InstanceCount": 1},
                "DataProcessing": {"InputFilter": "$[1:]", "OutputFilter": "$[0,-1]", "JoinSource": "Input"},
            },
        }

    def _evaluate(self) -> JsonDict:
        test = {"Get": "Steps.Preprocess.ProcessingOutputConfig.Outputs['test'].S3Output.S3Uri"}
        model = {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}
        return {
            "Name": "Evaluate",
            "Type": "Processing",
            "Arguments": self._job(
                XGBOOST,
                [
                    _input("model", model, "/opt/ml/processing/model"),
                    _input("test", test, "/opt/ml/processing/test"),
                    _input("code", self.code_uri("evaluate.py"), "/opt/ml/processing/input/code"),
                ],
                [_upload("evaluation", self._output("Evaluate", "evaluation"))],
                ContainerEntrypoint=["python3", "/opt/ml/processing/input/code/evaluate.py"],
            ),
            "PropertyFiles": [
                {"PropertyFileName": "Evaluation", "OutputName": "evaluation", "FilePath": "evaluation.json"}
            ],
        }

    def _decide(self) -> JsonDict:
        mse = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Evaluation"}, "Path": MSE_PATH}}
        return {
            "Name": "MseIsLowEnough",
            "Type": "Condition",
            "Arguments": {
                "Conditions": [
                    {
                        "Type": "LessThanOrEqualTo",
                        "LeftValue": mse,
                        "RightValue": {"Get": "Parameters.MseThreshold"},
                    }
                ],
                "IfSteps": [self._register()],
                "ElseSteps": [
                    {
                        "Name": "TooInaccurate",
                        "Type": "Fail",
                        "Arguments": {
                            "ErrorMessage": {
                                "Std:Join": {
                                    "On": " ",
                                    "Values": ["The mean squared error is above", {"Get": "Parameters.MseThreshold"}],
                                }
                            }
                        },
                    }
                ],
            },
        }

    def _register(self) -> JsonDict:
        return {
            "Name": "Register",
            "Type": "RegisterModel",
            "Arguments": {
                "ModelPackageGroupName": self._group,
                "ModelApprovalStatus": "PendingManualApproval",
                "InferenceSpecification": {
                    "Containers": [self._container()],
                    "SupportedContentTypes": ["text/csv"],
                    "SupportedResponseMIMETypes": ["text/csv"],
                    "SupportedRealtimeInferenceInstanceTypes": ["ml.t2.medium", "ml.m5.large"],
                    "SupportedTransformInstanceTypes": ["ml.m5.large"],
                },
                "ModelMetrics": {
                    "ModelDataQuality": _files("DataQualityCheck", "CalculatedBaseline"),
                    "ModelQuality": _files("ModelQualityCheck", "CalculatedBaseline"),
                    "Bias": {
                        "PreTrainingReport": _file("DataBiasCheck", "CalculatedBaselineConstraints"),
                        "PostTrainingReport": _file("ModelBiasCheck", "CalculatedBaselineConstraints"),
                    },
                    "Explainability": {"Report": _file("ModelExplainabilityCheck", "CalculatedBaselineConstraints")},
                },
                "DriftCheckBaselines": {
                    "ModelDataQuality": _files("DataQualityCheck", "BaselineUsedForDriftCheck"),
                    "ModelQuality": _files("ModelQualityCheck", "BaselineUsedForDriftCheck"),
                    "Bias": {
                        "PreTrainingConstraints": _file("DataBiasCheck", "BaselineUsedForDriftCheckConstraints"),
                        "PostTrainingConstraints": _file("ModelBiasCheck", "BaselineUsedForDriftCheckConstraints"),
                        "ConfigFile": {"ContentType": "application/json", "S3Uri": self.config_uri("ModelBias")},
                    },
                    "Explainability": {
                        "Constraints": _file("ModelExplainabilityCheck", "BaselineUsedForDriftCheckConstraints"),
                        "ConfigFile": {
                            "ContentType": "application/json",
                            "S3Uri": self.config_uri("ModelExplainability"),
                        },
                    },
                },
            },
        }


def script(name: str) -> bytes:
    """A script of the model-building repository."""
    folder = resources.files("ormer.templates").joinpath("seeds", "model-building-workflow", "pipelines", "abalone")
    return folder.joinpath(name).read_bytes()


MSE_PATH = "regression_metrics.mse.value"


def _train_data() -> JsonDict:
    return {"Get": "Steps.Preprocess.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"}


def _input(name: str, uri: Any, folder: str) -> JsonDict:
    return {
        "InputName": name,
        "AppManaged": False,
        "S3Input": {
            "S3Uri": uri,
            "LocalPath": folder,
            "S3DataType": "S3Prefix",
            "S3InputMode": "File",
            "S3DataDistributionType": "FullyReplicated",
            "S3CompressionType": "None",
        },
    }


def _upload(name: str, uri: JsonDict, folder: str = "") -> JsonDict:
    place = folder or f"/opt/ml/processing/{name}"
    return {
        "OutputName": name,
        "AppManaged": False,
        "S3Output": {"S3Uri": uri, "LocalPath": place, "S3UploadMode": "EndOfJob"},
    }


def _file(step: str, member: str) -> JsonDict:
    return {"ContentType": "application/json", "S3Uri": {"Get": f"Steps.{step}.{member}"}}


def _files(step: str, prefix: str) -> JsonDict:
    return {"Statistics": _file(step, f"{prefix}Statistics"), "Constraints": _file(step, f"{prefix}Constraints")}
