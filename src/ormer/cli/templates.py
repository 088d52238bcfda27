"""Project templates as the CLI finds them: products of Service Catalog, and templates of one's own in S3.

A team's own templates are objects tagged `sagemaker:studio-visibility=true` in the place that a domain's tag
`sagemaker:projectS3TemplatesLocation` names.
https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-templates-custom.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, urlsplit

import click

from ormer.cli.client import Client

JsonDict = dict[str, Any]
LOCATION_TAG, VISIBLE_TAG = "sagemaker:projectS3TemplatesLocation", "sagemaker:studio-visibility"
ENDINGS = (".yaml", ".yml", ".json", ".template")
NAME_CHARACTERS_MAX = 32


@dataclass(frozen=True)
class Template:
    """A template to choose. id: what a person calls it. product: Service Catalog's ids, {} for one of one's own."""

    id: str
    title: str
    description: str
    url: str = ""
    product: JsonDict | None = None

    def request(self, parameters: dict[str, str]) -> JsonDict:
        """What CreateProject takes of it."""
        pairs = [{"Key": key, "Value": value} for key, value in parameters.items()]
        if self.product is not None:
            return {"ServiceCatalogProvisioningDetails": {**self.product, "ProvisioningParameters": pairs}}
        given = {"TemplateName": self.id, "TemplateURL": self.url, "Parameters": pairs}
        return {"TemplateProviders": [{"CfnTemplateProvider": given}]}


def every(client: Client) -> list[Template]:
    """The built-in templates, then one's own."""
    return [*built_in(client), *own(client)]


def chosen(client: Client, name: str | None) -> Template:
    """The template of an id, a title or a product id; the first one for None. Raises ClickException."""
    found = every(client)
    if not found:
        raise click.ClickException(
            "There is no template: the built-in ones are switched off in this account "
            "(`aws sagemaker enable-sagemaker-servicecatalog-portfolio` switches them on)."
        )
    if name is None:
        return found[0]
    for one in found:
        if name in (one.id, one.title, (one.product or {}).get("ProductId")):
            return one
    known = ", ".join(one.id for one in found)
    raise click.ClickException(f"There is no template {name}. `ormer template list` shows what there is: {known}.")


def built_in(client: Client) -> list[Template]:
    """What Service Catalog offers."""
    products = client.pages("servicecatalog", "SearchProducts", "ProductViewSummaries")
    return [_built_in(client, one) for one in products]


def _built_in(client: Client, product: JsonDict) -> Template:
    answer = client.call("servicecatalog", "ListProvisioningArtifacts", ProductId=product["ProductId"])
    newest = answer["ProvisioningArtifactDetails"][-1]
    ids = {"ProductId": product["ProductId"], "ProvisioningArtifactId": newest["Id"]}
    return Template(slug(product["Name"]), product["Name"], product.get("ShortDescription", ""), product=ids)


def own(client: Client) -> list[Template]:
    """The visible objects in the places that domains name."""
    found = []
    for bucket, prefix in dict.fromkeys(locations(client).values()):
        for item in client.pages("s3", "ListObjectsV2", "Contents", Bucket=bucket, Prefix=prefix):
            key = item["Key"]
            if key.endswith(ENDINGS) and _is_visible(client, bucket, key):
                found.append(_own(client, bucket, key))
    return found


def _is_visible(client: Client, bucket: str, key: str) -> bool:
    tags = client.call("s3", "GetObjectTagging", Bucket=bucket, Key=key)["TagSet"]
    return any(tag["Key"] == VISIBLE_TAG and tag["Value"].lower() == "true" for tag in tags)


def _own(client: Client, bucket: str, key: str) -> Template:
    url = url_of(client.region, bucket, key)
    try:
        description = client.call("cloudformation", "GetTemplateSummary", TemplateURL=url).get("Description", "")
    except click.ClickException as error:
        description = f"This template cannot be used: {error.message}"
    path = PurePosixPath(key)
    name = path.parent.name if path.stem == "template" and path.parent.name else path.stem
    return Template(template_name(name), name, description, url)


def locations(client: Client) -> dict[str, tuple[str, str]]:
    """{domain's ARN: (bucket, prefix)} of the domains whose tag names a place."""
    found = {}
    for domain in client.pages("sagemaker", "ListDomains", "Domains"):
        tags = client.pages("sagemaker", "ListTags", "Tags", ResourceArn=domain["DomainArn"])
        for tag in tags:
            place = urlsplit(tag["Value"])
            if tag["Key"] == LOCATION_TAG and place.scheme == "s3" and place.netloc:
                found[domain["DomainArn"]] = (place.netloc, place.path.lstrip("/"))
    return found


def url_of(region: str, bucket: str, key: str) -> str:
    """An object's address, as CreateProject takes it."""
    return f"https://s3.{region}.amazonaws.com/{bucket}/{quote(key)}"


def slug(text: str) -> str:
    """A title as an id: letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def template_name(text: str) -> str:
    """A name that CreateProject takes for a template of one's own."""
    return re.sub(r"[^a-zA-Z0-9]+", "-", text)[:NAME_CHARACTERS_MAX].strip("-") or "template"
