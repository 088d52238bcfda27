"""AWS::SageMaker::EndpointConfig: every change replaces it."""

from __future__ import annotations

from ormer.engines.stacks.resources.sagemaker_nouns import noun

TYPE = noun(
    "EndpointConfig",
    "EndpointConfigName",
    "AsyncInferenceConfig DataCaptureConfig EnableNetworkIsolation ExecutionRoleArn ExplainerConfig KmsKeyId "
    "MetricsConfig ProductionVariants ShadowProductionVariants VpcConfig",
    required="ProductionVariants",
)
