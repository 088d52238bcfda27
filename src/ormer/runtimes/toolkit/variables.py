"""The SM_* variables and the command line that a training script is started with.

The names and forms are those of SageMaker's training toolkit:
https://github.com/aws/sagemaker-training-toolkit/blob/master/ENVIRONMENT_VARIABLES.md
"""

from __future__ import annotations

import json
import logging
import os
from typing import Any, Dict, List, Mapping

from .contract import Contract

DEFAULT_GROUP = "homogeneousCluster"
DEFAULT_INSTANCE_TYPE = "local"
DEFAULT_NETWORK_INTERFACE = "eth0"


def script_variables(job: Contract) -> Dict[str, str]:
    """Returns every SM_* variable of a job, {name: value}; composed values are compact JSON with sorted keys."""
    facts = _facts(job)
    facts["training_env"] = _training_environment(job, facts)
    facts["user_args"] = script_arguments(job.script_hyperparameters)
    for name in job.channels:
        facts["channel_" + name] = str(job.channel(name))
    for name, value in job.script_hyperparameters.items():
        facts["hp_" + name] = value
    return {"SM_" + name.upper(): variable_text(value) for name, value in facts.items()}


def script_arguments(hyperparameters: Mapping[str, Any]) -> List[str]:
    """Returns `--name value` for each hyperparameter, sorted by name; a name of one letter gets one dash."""
    arguments = []
    for name in sorted(hyperparameters):
        arguments.append(("--" if len(name) > 1 else "-") + name)
        arguments.append(_argument_text(hyperparameters[name]))
    return arguments


def variable_text(value: Any) -> str:
    """Returns a value as an environment variable holds it: strings raw, None empty, everything else JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def cpu_count() -> int:
    """Returns how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def module_name(job: Contract) -> str:
    """Returns the entry point as a module name: `train.py` is `train`."""
    program = job.program or ""
    return program[: -len(".py")] if program.endswith(".py") else program


def _argument_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return ",".join("{}={}".format(key, value[key]) for key in sorted(value))
    return str(value)


def _facts(job: Contract) -> Dict[str, Any]:
    group_names, groups = job.instance_groups()
    current_group = job.resources.get("current_group_name") or DEFAULT_GROUP
    return {
        "hosts": job.hosts,
        "network_interface_name": job.resources.get("network_interface_name") or DEFAULT_NETWORK_INTERFACE,
        "hps": job.script_hyperparameters,
        "user_entry_point": job.program,
        "framework_params": job.framework_parameters,
        "resource_config": job.resources,
        "input_data_config": job.channels,
        "output_data_dir": str(job.output_data_dir),
        "channels": sorted(job.channels),
        "current_host": job.current_host,
        "current_instance_type": job.resources.get("current_instance_type") or DEFAULT_INSTANCE_TYPE,
        "current_instance_group": current_group,
        "current_instance_group_hosts": groups.get(current_group, {}).get("hosts", []),
        "instance_groups": group_names,
        "instance_groups_dict": groups,
        "distribution_instance_groups": job.framework_parameters.get("sagemaker_distribution_instance_groups", []),
        "is_hetero": len(group_names) > 1,
        "module_name": module_name(job),
        "log_level": job.hyperparameters.get("sagemaker_container_log_level", logging.INFO),
        "framework_module": job.environ.get("SAGEMAKER_TRAINING_MODULE"),
        "input_dir": str(job.input_dir),
        "input_config_dir": str(job.config_dir),
        "output_dir": str(job.output_dir),
        "num_cpus": cpu_count(),
        "num_gpus": int(job.environ.get("ORMER_NUM_GPUS") or 0),
        "num_neurons": 0,
        "model_dir": str(job.model_dir),
        "module_dir": job.submit_directory or str(job.code_dir),
        "output_intermediate_dir": str(job.intermediate_dir),
    }


def _training_environment(job: Contract, facts: Mapping[str, Any]) -> Dict[str, Any]:
    """The facts under the names that SM_TRAINING_ENV has used since the toolkit's first version."""
    renamed = {
        "hps": "hyperparameters",
        "framework_params": "additional_framework_parameters",
        "channels": None,
    }
    described = {}
    for name, value in facts.items():
        new_name = renamed.get(name, name)
        if new_name is not None:
            described[new_name] = value
    described["channel_input_dirs"] = {name: str(job.channel(name)) for name in job.channels}
    described["job_name"] = job.environ.get("TRAINING_JOB_NAME") or job.hyperparameters.get("sagemaker_job_name")
    described["master_hostname"] = job.hosts[0]
    described["is_master"] = job.current_host == job.hosts[0]
    return described
