"""AWS::SageMaker::Space: a space of a domain."""

from __future__ import annotations

from ormer.engines.stacks.resources.sagemaker_domain_parts import part

TYPE = part("Space", ("SpaceDisplayName", "SpaceSettings"), "OwnershipSettings SpaceSharingSettings")
