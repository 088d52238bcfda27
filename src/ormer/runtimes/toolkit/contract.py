"""What the platform lays under /opt/ml for a training job, read once into one value.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple

from .failures import UserError

DEFAULT_ROOT = Path("/opt/ml")
DEFAULT_HOST = "algo-1"
DEFAULT_CHECKPOINT_DIR = "checkpoints"

TOOLKIT_HYPERPARAMETERS = frozenset(
    [
        "sagemaker_program",
        "sagemaker_submit_directory",
        "sagemaker_enable_cloudwatch_metrics",
        "sagemaker_container_log_level",
        "sagemaker_job_name",
        "sagemaker_region",
        "default_user_module_name",
        "sagemaker_s3_output",
        "_tuning_objective_metric",
    ]
)
"""Hyperparameters that steer the toolkit; they reach neither the script nor SM_HPS."""

TOOLKIT_PREFIX = "sagemaker_"


@dataclass(frozen=True)
class Contract:
    """One training job as its container sees it. All paths are absolute; `raw` holds hyperparameters as strings."""

    root: Path
    environ: Dict[str, str]
    raw: Dict[str, str]
    channels: Dict[str, Dict[str, Any]]
    resources: Dict[str, Any]
    checkpoint: Dict[str, Any]

    @classmethod
    def read(cls, root: Path, environ: Mapping[str, str]) -> Contract:
        """Returns the job under root. Raises UserError when a configuration file is no JSON object."""
        base = base_dir(root, environ)
        config = base / "input" / "config"
        return cls(
            root=base,
            environ=dict(environ),
            raw=_read_object(config / "hyperparameters.json"),
            channels=_read_object(config / "inputdataconfig.json"),
            resources=_read_object(config / "resourceconfig.json"),
            checkpoint=_read_object(config / "checkpointconfig.json"),
        )

    @property
    def hyperparameters(self) -> Dict[str, Any]:
        """The hyperparameters with each value decoded as JSON where it is JSON, and left a string where it is not."""
        return {name: decode_value(value) for name, value in self.raw.items()}

    @property
    def script_hyperparameters(self) -> Dict[str, Any]:
        """The hyperparameters that are the script's own."""
        return {
            k: v
            for k, v in self.hyperparameters.items()
            if not k.startswith(TOOLKIT_PREFIX) and k not in TOOLKIT_HYPERPARAMETERS
        }

    @property
    def framework_parameters(self) -> Dict[str, Any]:
        """The `sagemaker_*` hyperparameters that a framework, not the toolkit, understands."""
        return {
            k: v
            for k, v in self.hyperparameters.items()
            if k.startswith(TOOLKIT_PREFIX) and k not in TOOLKIT_HYPERPARAMETERS
        }

    @property
    def program(self) -> Optional[str]:
        """The user's entry point, None when the image's own algorithm is meant."""
        program = self.environ.get("SAGEMAKER_PROGRAM") or self.hyperparameters.get("sagemaker_program")
        return str(program) if program else None

    @property
    def submit_directory(self) -> Optional[str]:
        """Where the user's code lies: s3://…/sourcedir.tar.gz, a folder or an archive; None: already in place."""
        place = self.environ.get("SAGEMAKER_SUBMIT_DIRECTORY") or self.hyperparameters.get("sagemaker_submit_directory")
        return str(place) if place else None

    @property
    def hosts(self) -> List[str]:
        return list(self.resources.get("hosts") or [DEFAULT_HOST])

    @property
    def current_host(self) -> str:
        return str(self.resources.get("current_host") or DEFAULT_HOST)

    @property
    def code_dir(self) -> Path:
        return self.root / "code"

    @property
    def input_dir(self) -> Path:
        return self.root / "input"

    @property
    def config_dir(self) -> Path:
        return self.root / "input" / "config"

    @property
    def model_dir(self) -> Path:
        return self.root / "model"

    @property
    def output_dir(self) -> Path:
        return self.root / "output"

    @property
    def output_data_dir(self) -> Path:
        return self.root / "output" / "data"

    @property
    def intermediate_dir(self) -> Path:
        return self.root / "output" / "intermediate"

    @property
    def checkpoint_dir(self) -> Optional[Path]:
        """Where checkpoints are synchronised with S3, None when the job has no CheckpointConfig."""
        if not self.checkpoint:
            return None
        place = Path(str(self.checkpoint.get("LocalPath") or self.root / DEFAULT_CHECKPOINT_DIR))
        return place

    def channel(self, name: str) -> Path:
        """Returns the folder of an input channel, whether the channel exists or not."""
        return self.root / "input" / "data" / name

    def instance_groups(self) -> Tuple[List[str], Dict[str, Any]]:
        """Returns the names of the instance groups in order, and the groups by name."""
        groups = self.resources.get("instance_groups") or []
        return [group["instance_group_name"] for group in groups], {g["instance_group_name"]: g for g in groups}


def base_dir(root: Path, environ: Mapping[str, str]) -> Path:
    """Returns the folder that stands for /opt/ml: SAGEMAKER_BASE_DIR moves it, as in SageMaker's toolkit."""
    return Path(environ.get("SAGEMAKER_BASE_DIR") or root)


def decode_value(value: Any) -> Any:
    """Returns a hyperparameter as JSON reads it, or unchanged when it is no JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _read_object(path: Path) -> Dict[str, Any]:
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError("{} is no JSON: {}".format(path, error)) from error
    if not isinstance(content, dict):
        raise UserError("{} must hold a JSON object".format(path))
    return content
