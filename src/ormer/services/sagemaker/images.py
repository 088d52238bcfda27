"""Images of Studio: names for container images, with numbered versions. Nothing is pulled or run for them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ormer.aws.errors import AwsError, in_use, validation
from ormer.stores import resources
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]

IMAGE = Noun(
    "Image",
    name="ImageName",
    arn="image/{name}",
    plural="Images",
    missing=("ResourceNotFound", "No Image with the name {name} found."),
    taken=("ResourceInUse", "Image already exists: {arn}"),
    sort={
        "IMAGE_NAME": "name",
        "CREATION_TIME": "created",
        "LAST_MODIFIED_TIME": "modified",
        "CreationTime": "created",
    },
)
VERSION = Noun(
    "ImageVersion",
    name="ImageVersion",
    arn="image-version/{name}",
    plural="ImageVersions",
    missing=("ResourceNotFound", "No ImageVersion {name} found."),
    sort={
        "VERSION": "created",
        "CREATION_TIME": "created",
        "LAST_MODIFIED_TIME": "modified",
        "CreationTime": "created",
    },
)
describe_image, list_images = IMAGE.crud("describe list")
TOLD = ("VendorGuidance", "JobType", "MLFramework", "ProgrammingLang", "Processor", "Horovod", "ReleaseNotes")
ALIASES = "aliases"


def create_image(call: Call, request: JsonDict) -> JsonDict:
    """Keep an image's name. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateImage.html

    Errors: ResourceInUse.
    """
    return {"ImageArn": IMAGE.create(call, request, status="CREATED").arn}


def update_image(call: Call, request: JsonDict) -> JsonDict:
    """Change what an image says of itself. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateImage.html

    Errors: ResourceNotFound.
    """
    with call.write():
        row = IMAGE.get(call, request["ImageName"])
        change = {name: request[name] for name in ("Description", "DisplayName", "RoleArn") if name in request}
        IMAGE.save(call, row, change, drop=request.get("DeleteProperties", ()))
    return {"ImageArn": row.arn}


def delete_image(call: Call, request: JsonDict) -> JsonDict:
    """Delete an image with its versions. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteImage.html

    Errors: ResourceNotFound.
    """
    with call.write():
        row = IMAGE.get(call, request["ImageName"])
        for version in _versions(call, row):
            VERSION.remove(call, version)
        IMAGE.remove(call, row)
    return {}


def create_image_version(call: Call, request: JsonDict) -> JsonDict:
    """Give an image its next version. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateImageVersion.html

    Differs: the container image is named and not copied. Errors: ResourceNotFound; ResourceInUse for a taken alias.
    """
    with call.write() as tx:
        image = IMAGE.get(call, request["ImageName"])
        # Numbers are not used again, whatever is deleted.
        number = int(image.facts.get("versions", 0)) + 1
        aliases = list(dict.fromkeys(request.get("Aliases", ())))
        _check_free(call, image, aliases)
        given = {name: value for name, value in request.items() if name not in ("Aliases", "ImageName")}
        row = VERSION.create(
            call,
            given,
            name=f"{image.name}/{number}",
            arn=VERSION.arn_of(call, f"{image.name}/{number}"),
            parent=image.name,
            document={"ContainerImage": request["BaseImage"], "ImageArn": image.arn, "Version": number},
            facts={ALIASES: aliases},
            status="CREATED",
        )
        if row.document["Version"] == number:
            resources.save(tx, image, {}, now=call.now, facts={"versions": number}, touch=False)
    return {"ImageVersionArn": row.arn}


def describe_image_version(call: Call, request: JsonDict) -> JsonDict:
    """Answer a version, the newest without a number. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeImageVersion.html

    Errors: ResourceNotFound.
    """
    return _version(call, request).document


def list_image_versions(call: Call, request: JsonDict) -> JsonDict:
    """Page through an image's versions. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListImageVersions.html

    Errors: ResourceNotFound.
    """
    image = IMAGE.get(call, request["ImageName"])
    rows, more = VERSION.rows(call, request, parent=image.name)
    return {"ImageVersions": [row.document for row in rows], **more}


def update_image_version(call: Call, request: JsonDict) -> JsonDict:
    """Change what a version says of itself. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateImageVersion.html

    Errors: ResourceNotFound; ResourceInUse for a taken alias.
    """
    with call.write() as tx:
        row = _version(call, request)
        added = request.get("AliasesToAdd", ())
        left = [one for one in row.facts[ALIASES] if one not in request.get("AliasesToDelete", ())]
        _check_free(call, IMAGE.get(call, request["ImageName"]), [one for one in added if one not in left])
        change = {name: request[name] for name in TOLD if name in request}
        facts = {ALIASES: list(dict.fromkeys([*left, *added]))}
        resources.save(tx, row, change, now=call.now, facts=facts, actor=call.identity.arn)
    return {"ImageVersionArn": row.arn}


def delete_image_version(call: Call, request: JsonDict) -> JsonDict:
    """Delete a version. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeleteImageVersion.html

    Errors: ResourceNotFound, ValidationException without a number and an alias.
    """
    if "Version" not in request and "Alias" not in request:
        raise validation("Name the version by its number or by an alias.")
    with call.write():
        VERSION.remove(call, _version(call, request))
    return {}


def list_aliases(call: Call, request: JsonDict) -> JsonDict:
    """List the aliases of an image, or of one version. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListAliases.html

    Errors: ResourceNotFound.
    """
    if "Version" in request or "Alias" in request:
        rows = [_version(call, request)]
    else:
        rows = _versions(call, IMAGE.get(call, request["ImageName"]))
    return {"SageMakerImageVersionAliases": [one for row in rows for one in row.facts[ALIASES]]}


def _version(call: Call, request: JsonDict) -> Row:
    """The version that a request means by number or alias, or the newest."""
    image = IMAGE.get(call, request["ImageName"])
    number, alias = request.get("Version"), request.get("Alias")
    for row in reversed(_versions(call, image)):
        if number in (None, row.document["Version"]) and (alias is None or alias in row.facts[ALIASES]):
            return row
    wanted = alias if number is None else number
    raise AwsError("ResourceNotFound", f"Image {image.name} has no version{f' {wanted}' if wanted else ''}.")


def _versions(call: Call, image: Row) -> list[Row]:
    """An image's versions by their numbers."""
    c = table.c
    own: list[sa.ColumnElement[bool]] = [
        c.account == call.account,
        c.region == call.region,
        c.kind == VERSION.kind,
        c.parent == image.name,
    ]
    with call.read() as tx:
        rows = resources.select(tx, *own)
    return sorted(rows, key=lambda row: int(row.document["Version"]))


def _check_free(call: Call, image: Row, aliases: list[str]) -> None:
    taken = {alias for row in _versions(call, image) for alias in row.facts[ALIASES]}
    if found := [alias for alias in aliases if alias in taken]:
        raise in_use(f"The alias {found[0]} of the image {image.name} is taken.")
