"""Laying a fleet's files: the models of its containers, once for all its instances, and the environments they run in.

Laying may run twice; a model's folder appears as a whole, by renaming.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ormer.aws.errors import AwsError
from ormer.aws.identities import session_identity
from ormer.engines.hosting import explaining
from ormer.engines.hosting.folders import EndpointFolder
from ormer.engines.hosting.records import Fleet
from ormer.engines.images import Image
from ormer.engines.jobs import credentials, servers
from ormer.engines.jobs.contracts import ContractError
from ormer.engines.jobs.data import DataError
from ormer.engines.jobs.environments import Environments
from ormer.engines.jobs.folders import remove
from ormer.engines.jobs.servers import Container
from ormer.stores.access import PolicyGate
from ormer.stores.stores import Stores

# AWS's texts of an endpoint whose model data cannot be had, and of one whose image cannot run.
NO_DATA = (
    'Failed to download model data for container "{name}" from URL: "{url}". Please ensure that there is an object '
    "located at the URL and that the role passed to CreateModel has permissions to download the object. {why}"
)


@dataclass(frozen=True)
class Laid:
    """A fleet that can be started: what each container's image means, and its built environment."""

    images: tuple[Image, ...]
    venvs: tuple[Path, ...]


class CannotServe(Exception):
    """The fleet cannot be started; the text is the endpoint's FailureReason."""


def lay(stores: Stores, environments: Environments, region: str, fleet: Fleet, folder: EndpointFolder) -> Laid:
    """Fetch and unpack what is missing. Raises CannotServe."""
    try:
        images = tuple(environments.image(container.image) for container in fleet.containers)
        for number, container in enumerate(fleet.containers):
            _lay_model(stores, region, fleet, container, folder.model(fleet, number), f"container-{number + 1}")
        for made in (folder.loaded(fleet), folder.flat(fleet)):
            made.mkdir(parents=True, exist_ok=True)
        return Laid(images, tuple(environments.venv(image) for image in images))
    except ContractError as error:
        raise CannotServe(str(error)) from error


def permit(stores: Stores, region: str, role: str, uri: str) -> None:
    """Raise AwsError unless the execution role may read the model data."""
    if role:
        target = f"arn:aws:s3:::{uri.partition('://')[2]}"
        identity = session_identity(role, credentials.SESSION_NAME)
        PolicyGate(stores).permit(identity, region, "s3:GetObject", target)


def _lay_model(stores: Stores, region: str, fleet: Fleet, container: Container, target: Path, name: str) -> None:
    if target.exists():
        return
    draft = target.with_name(f".{target.name}")
    remove(draft)
    source = container.model_data
    try:
        if source is not None:
            permit(stores, region, fleet.role_arn, source.uri)
        if container.multi_model:
            (draft / "model").mkdir(parents=True)
        elif container.explains is not None:
            explaining.lay(stores.objects, container, draft)
        else:
            servers.lay_model(stores.objects, container, draft)
    except (DataError, AwsError, ValueError) as error:
        assert source is not None, "only model data can be missing"
        raise CannotServe(NO_DATA.format(name=name, url=source.uri, why=error)) from error
    target.parent.mkdir(parents=True, exist_ok=True)
    (draft / "model").rename(target)
    remove(draft)
