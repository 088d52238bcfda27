"""What both commands are told: which pipeline, and with what."""

import ast
import importlib
import logging

# Loggers that would hide what the pipeline does behind what the SDK does, and from when on they are heard.
LEVELS = {"sagemaker": logging.ERROR, "botocore": logging.WARNING}


def add_common(parser):
    """The arguments that name a pipeline."""
    parser.add_argument("--module-name", required=True, help="the module that has get_pipeline()")
    parser.add_argument(
        "--kwargs", type=mapping, default={}, help="arguments of get_pipeline() as a Python or JSON dictionary"
    )


def mapping(text):
    """A dictionary that was written as text. Raises ValueError for anything else."""
    found = ast.literal_eval(text.strip()) if text.strip() else {}
    if not isinstance(found, dict):
        raise ValueError(f"{text} is no dictionary")
    return found


def listing(text):
    """A list that was written as text. Raises ValueError for anything else."""
    found = ast.literal_eval(text.strip()) if text.strip() else []
    if not isinstance(found, list):
        raise ValueError(f"{text} is no list")
    return found


def load(module_name, kwargs):
    """The module of this name, and the pipeline that its get_pipeline() makes."""
    module = importlib.import_module(module_name)
    for name, level in LEVELS.items():
        logging.getLogger(name).setLevel(level)
    return module, module.get_pipeline(**kwargs)


def tags_of(project_name, project_id):
    """The tags by which the pipeline belongs to its project."""
    found = {"sagemaker:project-name": project_name, "sagemaker:project-id": project_id}
    return [{"Key": key, "Value": value} for key, value in found.items() if value]
