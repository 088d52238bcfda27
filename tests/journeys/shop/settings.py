"""What a person chooses about the pipeline, and its parameters."""

from dataclasses import dataclass, field

from sdk import ExecutionVariables, Join, ParameterBoolean, ParameterFloat, ParameterInteger, ParameterString

CHECKS = ("DataQuality", "DataBias", "ModelQuality", "ModelBias", "ModelExplainability")
HYPERPARAMETERS = {
    "objective": "reg:linear",
    "num_round": "50",
    "max_depth": "5",
    "eta": "0.2",
    "gamma": "4",
    "min_child_weight": "6",
    "subsample": "0.7",
}


@dataclass
class Settings:
    """Where the pipeline lives and how it is called."""

    region: str
    role: str
    bucket: str
    name: str
    parameters: dict = field(default_factory=dict)

    def __post_init__(self):
        seed = f"s3://sagemaker-servicecatalog-seedcode-{self.region}/dataset/abalone-dataset.csv"
        found = [
            ParameterString(name="InputDataUrl", default_value=seed),
            ParameterInteger(name="InstanceCount", default_value=1),
            ParameterString(name="SplitSeed", default_value="11"),
            ParameterString(name="ApprovalStatus", default_value="PendingManualApproval"),
            ParameterFloat(name="MseThreshold", default_value=6.0),
        ]
        for check in CHECKS:
            found.append(ParameterBoolean(name=f"Skip{check}Check", default_value=False))
            found.append(ParameterBoolean(name=f"RegisterNew{check}Baseline", default_value=False))
        self.parameters = {parameter.name: parameter for parameter in found}

    def folder(self, step):
        """An S3 folder of this execution and step."""
        parts = ["s3:/", self.bucket, self.name, ExecutionVariables.PIPELINE_EXECUTION_ID, step]
        return Join(on="/", values=parts)
