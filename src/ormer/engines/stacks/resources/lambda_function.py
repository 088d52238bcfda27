"""AWS::Lambda::Function: Ref gives its name. Code written into the template finds `cfnresponse`,
or `cfn-response` in Node.js, beside it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

from ormer import runtimes
from ormer.aws.function_runtimes import NODEJS, PYTHON, language
from ormer.engines.stacks.contracts import Held, Made, Refused, ResourceType, Site, without
from ormer.engines.stacks.language.values import plain, text_of
from ormer.engines.stacks.language.words import words

JsonDict = dict[str, Any]
NAME, CODE = "FunctionName", "Code"
NAME_LENGTH_MAX = 64
# Properties that are no members of the configuration, and have no effect here.
BESIDE = ("RuntimeManagementConfig", "RecursiveLoop", "PublishToLatestPublished")
# The name of the code's file, and what is laid beside it, by the language.
INLINE = {PYTHON: ("index.py", "cfnresponse.py"), NODEJS: ("index.js", "cfn-response.js")}
# The day on which zip's own time begins.
ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def _create(site: Site, properties: JsonDict) -> Made:
    name = text_of(properties.get(NAME) or site.name(NAME_LENGTH_MAX))
    request = {**without(properties, CODE, *BESIDE), NAME: name}
    made = site.make("lambda", "CreateFunction", request, Code=_code(site, properties))
    arn = str(made["FunctionArn"])
    return Made(name, {NAME: name, "Arn": arn}, arn)


def _code(site: Site, properties: JsonDict) -> JsonDict:
    given = properties[CODE]
    if not isinstance(given, dict):
        raise Refused(f"{site.logical_id}: Code must be an object with ZipFile, or with S3Bucket and S3Key.")
    if "ZipFile" in given:
        return {"ZipFile": inline(text_of(given["ZipFile"]), text_of(properties.get("Runtime", "")))}
    return {key: text_of(value) for key, value in given.items() if key != "SourceKMSKeyArn"}


def inline(text: str, runtime: str) -> bytes:
    """The zip of code that stands in a template: the same bytes for the same text."""
    file, beside = INLINE[language(runtime)]
    response = Path(runtimes.__file__).parent / "functions" / beside
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in ((file, text), (beside, response.read_text())):
            archive.writestr(zipfile.ZipInfo(name, ZIP_DATE), body)
    return content.getvalue()


def _update(site: Site, held: Held, properties: JsonDict) -> Made:
    name = {NAME: held.physical_id}
    configuration = without(properties, CODE, NAME, "PackageType", "Architectures", *BESIDE)
    if plain(configuration) != plain(without(held.properties, CODE, NAME, "PackageType", "Architectures", *BESIDE)):
        defaults: JsonDict = {"Description": "", "Timeout": 3, "MemorySize": 128, "Environment": {"Variables": {}}}
        if "Layers" in held.properties:
            defaults["Layers"] = []
        site.make("lambda", "UpdateFunctionConfiguration", {**defaults, **configuration, **name})
    if plain(properties[CODE]) != plain(held.properties[CODE]):
        site.call("lambda", "UpdateFunctionCode", {**name, **_code(site, properties)})
    return Made(held.physical_id, held.attributes, held.arn)


def _delete(site: Site, held: Held) -> None:
    site.call("lambda", "DeleteFunction", {NAME: held.physical_id})


TYPE = ResourceType(
    "AWS::Lambda::Function",
    _create,
    _delete,
    words(
        "Architectures CodeSigningConfigArn DeadLetterConfig Description Environment EphemeralStorage "
        "FileSystemConfigs Handler ImageConfig KmsKeyArn Layers LoggingConfig MemorySize PackageType Role Runtime "
        "SnapStart Timeout TracingConfig VpcConfig",
        NAME,
        CODE,
        *BESIDE,
    ),
    _update,
    words("PackageType", NAME),
    (CODE, "Role"),
    words("Arn", NAME),
    NAME,
)
