"""What a project is made of: a product of Service Catalog, built in or one's own, or a template in S3.

https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-templates.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ormer.aws.errors import AwsError
from ormer.stores import offers, projects
from ormer.stores.objects import seeds
from ormer.stores.port import Call
from ormer.stores.products import Product
from ormer.stores.resources import Row

JsonDict = dict[str, Any]
CATALOG, PROVIDERS = "ServiceCatalogProvisioningDetails", "TemplateProviders"
PROVIDER, DETAIL = "CfnTemplateProvider", "CfnTemplateProviderDetail"
SWITCHED_OFF = (
    "The project templates are switched off in this account and region. Someone who may call "
    "sagemaker:EnableSagemakerServicecatalogPortfolio can switch them on: "
    "`aws sagemaker enable-sagemaker-servicecatalog-portfolio`."
)


@dataclass(frozen=True)
class Choice:
    """What a project is made of. product: None for a template of one's own. given: the request's words on it."""

    product: Product | None
    given: JsonDict

    @property
    def parameters(self) -> dict[str, str]:
        """What the template is given besides the project's name and id."""
        return {pair["Key"]: pair.get("Value", "") for pair in self.given.get(self._parameters, ())}

    @property
    def _parameters(self) -> str:
        return "ProvisioningParameters" if self.product else "Parameters"

    @property
    def role(self) -> str | None:
        """The role that the template's stack acts as, where one was given."""
        return self.given.get("RoleARN")

    def url(self, region: str) -> str:
        """Where the template lies."""
        if self.product is None:
            return str(self.given["TemplateURL"])
        bucket = self.product.bucket or seeds.name_in(region)
        return f"https://s3.{region}.amazonaws.com/{bucket}/{self.product.key}"

    def stack_name(self, account: str, project_id: str) -> str:
        """The name of the project's stack."""
        if self.product is not None:
            return f"SC-{account}-{provisioned_id(project_id)}"
        return f"sagemaker-project-{project_id}-{self.given['TemplateName']}"

    def document(self, account: str, project_id: str, stack_id: str) -> JsonDict:
        """What DescribeProject answers of it."""
        if self.product is not None:
            return {CATALOG: self.given, projects.CATALOG: {"ProvisionedProductId": provisioned_id(project_id)}}
        name = self.stack_name(account, project_id)
        stack = {"Name": name, "Id": stack_id, "StatusMessage": "The stack is under way."}
        return {projects.PROVIDERS: [{DETAIL: {**self.given, "StackDetail": stack}}]}


def provisioned_id(project_id: str) -> str:
    """The id of the provisioned product behind a project of a built-in template."""
    return f"pp-{project_id.removeprefix('p-')}"


def chosen(call: Call, request: JsonDict) -> Choice:
    """The choice of a CreateProject. Raises ValidationException."""
    details, providers = request.get(CATALOG), request.get(PROVIDERS) or []
    if (details is None) == (not providers):
        raise invalid(f"Give exactly one of {CATALOG} and {PROVIDERS}: what the project is made of.")
    if details is not None:
        return _of_product(call, details)
    return _of_provider(providers[0])


def changed(call: Call, row: Row, request: JsonDict) -> Choice | None:
    """The choice of an UpdateProject; None when it says nothing of it. Raises ValidationException."""
    details, providers = (
        request.get("ServiceCatalogProvisioningUpdateDetails"),
        request.get("TemplateProvidersToUpdate"),
    )
    before = standing(call, row)
    if details:
        if before.product is None:
            raise invalid("The project is made of a template of its own: update it with TemplateProvidersToUpdate.")
        given = _merged(before.given, details, "ProvisioningParameters")
        return _of_product(call, given | {"ProductId": before.given["ProductId"]})
    if providers:
        if before.product is not None:
            text = "The project is made of a built-in template: update it with ServiceCatalogProvisioningUpdateDetails."
            raise invalid(text)
        return Choice(None, _merged(before.given, _of_provider(providers[0]).given, "Parameters"))
    return None


def standing(call: Call, row: Row) -> Choice:
    """What a project is made of now."""
    if CATALOG in row.document:
        return _of_product(call, row.document[CATALOG], launched=True)
    detail = row.document[projects.PROVIDERS][0][DETAIL]
    return Choice(None, {name: value for name, value in detail.items() if name != "StackDetail"})


def _of_product(call: Call, details: JsonDict, launched: bool = False) -> Choice:
    """The choice of a product's version. launched: it was launched once, so that it is not asked whether it may be."""
    identifier = details["ProductId"]
    with call.read() as tx:
        offer = offers.find(tx, call.identity, call.region, identifier)
        off = projects.portfolio_status(tx, call.account, call.region) == projects.DISABLED
    if offer is None:
        text = "servicecatalog:SearchProducts lists the products that you may launch."
        raise invalid(f"Product {identifier} does not exist or is not open to you. {text}")
    if off and offer.row is None and not launched:
        raise invalid(SWITCHED_OFF)
    version = offer.version(details.get("ProvisioningArtifactId"))
    product = offer.launched_by(version, details.get("PathId")) if version else None
    if product is None:
        member = "PathId" if version else "ProvisioningArtifactId"
        known = list(offer.paths) if version else [one.artifact_id for one in offer.versions]
        text = f"{member} {details.get(member)} does not exist for product {identifier}"
        raise invalid(f"{text}: there is {' and '.join(known) or 'none'}.")
    _check_keys(details.get("ProvisioningParameters", ()))
    return Choice(product, {**details, "ProvisioningArtifactId": product.artifact_id, "PathId": product.path_id})


def _of_provider(provider: JsonDict) -> Choice:
    given = provider.get(PROVIDER)
    if given is None:
        raise invalid(f"{PROVIDERS} must hold a {PROVIDER}.")
    _check_keys(given.get("Parameters", ()))
    return Choice(None, given)


def _check_keys(pairs: Iterable[Mapping[str, str]]) -> None:
    keys = [pair.get("Key", "") for pair in pairs]
    if "" in keys or len(set(keys)) != len(keys):
        raise invalid("Every parameter needs a Key, each once.")


def _merged(before: JsonDict, change: JsonDict, parameters: str) -> JsonDict:
    """The words of before with those of a change; parameters that the change does not name stay."""
    values = {pair["Key"]: pair for pair in (*before.get(parameters, ()), *change.get(parameters, ()))}
    return {**before, **change, parameters: list(values.values())}


def invalid(text: str) -> AwsError:
    """The request cannot be done as it is."""
    return AwsError("ValidationException", text)
