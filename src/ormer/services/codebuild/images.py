"""The images a project may name. They are words here: a build runs with what is on this machine."""

from __future__ import annotations

from typing import Any

from ormer.stores.port import Call

JsonDict = dict[str, Any]

# https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-available.html
AMAZON_LINUX = {
    "aws/codebuild/amazonlinux2-x86_64-standard:5.0": "AWS CodeBuild - Amazon Linux 2 x86_64 Standard 5.0",
    "aws/codebuild/amazonlinux-x86_64-standard:5.0": "AWS CodeBuild - Amazon Linux 2023 x86_64 Standard 5.0",
}
UBUNTU = {
    "aws/codebuild/standard:5.0": "AWS CodeBuild - Ubuntu 20.04 Standard 5.0",
    "aws/codebuild/standard:7.0": "AWS CodeBuild - Ubuntu 22.04 Standard 7.0",
}


def list_curated_environment_images(call: Call, request: JsonDict) -> JsonDict:
    """Name the images that stock projects use. https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ListCuratedEnvironmentImages.html

    Differs: any image may be named, and none is run; its Python is the one the buildspec asks for.
    """
    return {"platforms": [_platform("AMAZON_LINUX", AMAZON_LINUX), _platform("UBUNTU", UBUNTU)]}


def _platform(name: str, images: dict[str, str]) -> JsonDict:
    found = [{"name": image, "description": text, "versions": [image]} for image, text in images.items()]
    return {"platform": name, "languages": [{"language": "PYTHON", "images": found}]}
