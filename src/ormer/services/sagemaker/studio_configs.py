"""What Studio's applications would begin with: lifecycle scripts and image settings, kept and run by nobody."""

from __future__ import annotations

from typing import Any

from ormer.aws.errors import in_use, validation
from ormer.stores.nouns import Noun, seconds
from ormer.stores.port import Call

JsonDict = dict[str, Any]

LIFECYCLE = Noun(
    "StudioLifecycleConfig",
    name="StudioLifecycleConfigName",
    arn="studio-lifecycle-config/{name}",
    plural="StudioLifecycleConfigs",
    missing=("ResourceNotFound", "StudioLifecycleConfig {name} does not exist."),
    taken=("ResourceInUse", "StudioLifecycleConfig already exists: {arn}"),
)
APP_IMAGE = Noun(
    "AppImageConfig",
    name="AppImageConfigName",
    arn="app-image-config/{name}",
    plural="AppImageConfigs",
    missing=("ResourceNotFound", "AppImageConfig {name} does not exist."),
    taken=("ResourceInUse", "AppImageConfig already exists: {arn}"),
)
SETTINGS = ("KernelGatewayImageConfig", "JupyterLabAppImageConfig", "CodeEditorAppImageConfig")
(describe_studio_lifecycle_config,) = LIFECYCLE.crud("describe")
describe_app_image_config, delete_app_image_config = APP_IMAGE.crud("describe delete")


def create_studio_lifecycle_config(call: Call, request: JsonDict) -> JsonDict:
    """Keep a lifecycle script. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateStudioLifecycleConfig.html

    Differs: no application begins with it. Errors: ResourceInUse.
    """
    with call.write():
        # Lists ask for the kind of application, so it stands in the header too; names are unique whatever the kind.
        if LIFECYCLE.find(call, request["StudioLifecycleConfigName"]) is not None:
            arn = LIFECYCLE.arn_of(call, request["StudioLifecycleConfigName"])
            raise in_use(f"StudioLifecycleConfig already exists: {arn}")
        row = LIFECYCLE.create(call, request, parent=request["StudioLifecycleConfigAppType"])
    return {"StudioLifecycleConfigArn": row.arn}


def list_studio_lifecycle_configs(call: Call, request: JsonDict) -> JsonDict:
    """Page through lifecycle scripts. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListStudioLifecycleConfigs.html"""
    rows, more = LIFECYCLE.rows(call, _modified(request), parent=request.get("AppTypeEquals"))
    return {"StudioLifecycleConfigs": [row.document for row in rows], **more}


def delete_studio_lifecycle_config(call: Call, request: JsonDict) -> JsonDict:
    """Delete a lifecycle script. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteStudioLifecycleConfig.html

    Errors: ResourceNotFound.
    """
    with call.write():
        LIFECYCLE.remove(call, LIFECYCLE.get(call, request["StudioLifecycleConfigName"]))
    return {}


def create_app_image_config(call: Call, request: JsonDict) -> JsonDict:
    """Keep how an image is shown in Studio. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateAppImageConfig.html

    Errors: ResourceInUse; ValidationException for settings of two kinds of applications.
    """
    given = [name for name in SETTINGS if name in request]
    if len(given) > 1:
        raise validation(f"Give the settings of one kind of application, not {' and '.join(given)}.")
    return {"AppImageConfigArn": APP_IMAGE.create(call, request).arn}


def update_app_image_config(call: Call, request: JsonDict) -> JsonDict:
    """Change how an image is shown. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateAppImageConfig.html

    Errors: ResourceNotFound.
    """
    with call.write():
        row = APP_IMAGE.get(call, request["AppImageConfigName"])
        change = {name: request[name] for name in SETTINGS if name in request}
        APP_IMAGE.save(call, row, change, drop=[name for name in SETTINGS if change and name not in change])
    return {"AppImageConfigArn": row.arn}


def list_app_image_configs(call: Call, request: JsonDict) -> JsonDict:
    """Page through image settings. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListAppImageConfigs.html"""
    rows, more = APP_IMAGE.rows(call, _modified(request))
    return {"AppImageConfigs": [row.document for row in rows], **more}


def _modified(request: JsonDict) -> JsonDict:
    """A list's request in the words that all other lists have."""
    renamed = {
        f"Last{name}": seconds(request[name]) for name in ("ModifiedTimeAfter", "ModifiedTimeBefore") if name in request
    }
    return {**request, **renamed}
