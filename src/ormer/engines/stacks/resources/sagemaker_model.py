"""AWS::SageMaker::Model: every change replaces it."""

from __future__ import annotations

from ormer.engines.stacks.resources.sagemaker_nouns import noun

TYPE = noun(
    "Model",
    "ModelName",
    "Containers EnableNetworkIsolation ExecutionRoleArn InferenceExecutionConfig PrimaryContainer VpcConfig",
)
