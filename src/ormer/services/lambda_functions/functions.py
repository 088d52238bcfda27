"""Functions: what is run, from which code, as which role."""

from __future__ import annotations

from typing import Any

from ormer.aws import function_names
from ormer.aws.errors import AwsError
from ormer.aws.function_names import LATEST
from ormer.services.lambda_functions import configurations, layers, naming, uploads
from ormer.services.lambda_functions.refusals import conflict, invalid
from ormer.services.lambda_functions.versions import publish
from ormer.stores import resources, tagging
from ormer.stores.functions.codes import Code
from ormer.stores.functions.functions import FUNCTION as KIND
from ormer.stores.nouns import Noun
from ormer.stores.port import Call
from ormer.stores.resources import Row
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
FUNCTION = Noun(
    KIND,
    name="FunctionName",
    arn="function:{name}",
    service="lambda",
    arn_member="FunctionArn",
    taken=("ResourceConflictException", "Function already exist: {name}"),
    page=50,
    order="Ascending",
)
PAGE_MAX = 50


def create_function(call: Call, request: JsonDict) -> JsonDict:
    """Make a function of a zip. https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html

    Differs: Python and Node.js only, no container images, no file systems; networks are kept without effect.
    Errors: ResourceConflictException, InvalidParameterValueException.
    """
    name = naming.asked(request)
    if name.qualifier:
        raise invalid("A function is made without a qualifier.")
    if request.get("PackageType", "Zip") != "Zip":
        raise invalid("Functions of container images are not run here: give a zip.")
    missing = [member for member in ("Handler", "Runtime") if not request.get(member)]
    if missing:
        raise invalid(f"{missing[0]} is a mandatory parameter for functions created with deployment packages as .zip.")
    stacked = layers.stacked(call, request)
    words = {**configurations.given(call, request), **stacked.words}
    code = uploads.kept(call, request["Code"])
    group = f"/aws/lambda/{name.name}"
    document = {
        **configurations.DEFAULTS,
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": group},
        **words,
        **_code_words(code),
        **configurations.stamped(call),
        "Version": LATEST,
    }
    tags = [{"Key": key, "Value": value} for key, value in request.get("Tags", {}).items()]
    with call.write() as tx:
        if FUNCTION.find(call, name.name) is not None:
            raise conflict(f"Function already exist: {name.name}")
        row = FUNCTION.create(
            call,
            {"FunctionName": name.name, "Tags": tags},
            document=document,
            status="Active",
            facts={"code": code.digest, "layers": stacked.digests, "versions": 0},
            event=False,
        )
        if request.get("Publish"):
            return publish(tx, call, row).document
    return row.document


def get_function(call: Call, request: JsonDict) -> JsonDict:
    """A function's configuration, where its code can be had, and its tags.

    https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html
    Errors: ResourceNotFoundException.
    """
    found = naming.target(call, request)
    with call.read() as tx:
        tags = tagging.of(tx, found.function.arn)
    return {
        "Configuration": found.configuration.document,
        "Code": {"RepositoryType": "S3"},
        **({"Tags": tags} if tags else {}),
    }


def get_function_configuration(call: Call, request: JsonDict) -> JsonDict:
    """The configuration of a function, or of a version of it.

    https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
    Errors: ResourceNotFoundException.
    """
    return naming.target(call, request).configuration.document


def update_function_code(call: Call, request: JsonDict) -> JsonDict:
    """Let other code run from now on. https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html

    Errors: ResourceNotFoundException, InvalidParameterValueException, PreconditionFailedException.
    """
    naming.function(call, request)
    code = uploads.kept(call, request)
    with call.write() as tx:
        row = naming.function(call, request)
        _check_revision(row, request)
        change = {**_code_words(code), **configurations.stamped(call)}
        if request.get("DryRun"):
            return {**row.document, **change}
        row = resources.save(tx, row, change, now=call.now, facts={"code": code.digest})
        return publish(tx, call, row).document if request.get("Publish") else row.document


def update_function_configuration(call: Call, request: JsonDict) -> JsonDict:
    """Change the members that are given. https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html

    Errors: ResourceNotFoundException, InvalidParameterValueException, PreconditionFailedException.
    """
    stacked = layers.stacked(call, request)
    words = {**configurations.given(call, request), **stacked.words}
    facts = {"layers": stacked.digests} if stacked.words else {}
    with call.write() as tx:
        row = naming.function(call, request)
        _check_revision(row, request)
        drop = [name for name in ("Environment", "Layers") if name in words and not any(_values(words[name]))]
        change = {**words, **configurations.stamped(call)}
        row = resources.save(tx, row, change, now=call.now, drop=drop, facts=facts)
    return row.document


def delete_function(call: Call, request: JsonDict) -> JsonDict:
    """Delete a function with its versions and aliases, or one version of it.

    https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html
    Errors: ResourceNotFoundException, InvalidParameterValueException, ResourceConflictException.
    """
    name = naming.asked(request)
    if name.qualifier and not function_names.is_version(name.qualifier):
        raise invalid("$LATEST and aliases cannot be deleted so: give a version's number, or no qualifier.")
    with call.write() as tx:
        found = naming.target(call, request)
        children = resources.select(tx, table.c.parent == found.function.arn, table.c.service == "lambda")
        if not name.qualifier:
            for child in children:
                if child.kind != "FunctionInvocation":
                    resources.delete(tx, child.arn)
            FUNCTION.remove(call, found.function)
            return {}
        used = [row.name for row in children if row.document.get("FunctionVersion") == found.version]
        if used:
            raise conflict(
                f"The version {found.version} is in use by the alias {used[0]}: change or delete that first."
            )
        resources.delete(tx, found.configuration.arn)
    return {}


def list_functions(call: Call, request: JsonDict) -> JsonDict:
    """Page through functions. https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html

    Differs: FunctionVersion=ALL lists no versions; ListVersionsByFunction does.
    """
    asked = {"MaxResults": min(request.get("MaxItems", PAGE_MAX), PAGE_MAX), "NextToken": request.get("Marker")}
    rows, more = FUNCTION.rows(call, {**asked, "SortBy": "Name"})
    found: JsonDict = {"Functions": [row.document for row in rows]}
    return {**found, "NextMarker": more["NextToken"]} if more else found


def _values(member: Any) -> Any:
    return member if isinstance(member, list) else member.get("Variables") or ()


def _code_words(code: Code) -> JsonDict:
    return {"CodeSha256": code.sha256, "CodeSize": code.size}


def _check_revision(row: Row, request: JsonDict) -> None:
    wanted = request.get("RevisionId")
    if wanted and wanted != row.document["RevisionId"]:
        text = (
            "The Revision Id provided does not match the latest Revision Id. Call the GetFunction API to retrieve it."
        )
        raise AwsError("PreconditionFailedException", text, 412, Type="User")
