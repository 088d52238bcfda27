"""AWS::SageMaker::ModelBiasJobDefinition."""

from __future__ import annotations

from ormer.engines.stacks.resources.sagemaker_job_definitions import job_definition

TYPE = job_definition("ModelBias")
