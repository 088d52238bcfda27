"""Projects' rows: the stack that a project stands on, how what becomes of it is told, and all that belongs to one.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeProject.html
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ormer.stores import resources
from ormer.stores.database import Tx, upsert
from ormer.stores.resources import Row
from ormer.stores.stacks import members, stacks
from ormer.stores.stacks.members import Member
from ormer.stores.tables import resources as table
from ormer.stores.tables import settings, tags

JsonDict = dict[str, Any]
KIND = "Project"
NAME_TAG, ID_TAG = "sagemaker:project-name", "sagemaker:project-id"
NAME_PARAMETER, ID_PARAMETER = "SageMakerProjectName", "SageMakerProjectId"
CATALOG, PROVIDERS = "ServiceCatalogProvisionedProductDetails", "TemplateProviderDetails"
LETTERS = string.ascii_lowercase + string.digits
# A stack detail needs a message.
AS_WANTED = "The stack is as wanted."
ENABLED, DISABLED = "Enabled", "Disabled"


def new_id() -> str:
    """An id such as AWS's: `p-` and twelve letters."""
    return "p-" + "".join(secrets.choice(LETTERS) for _ in range(12))


def told(project: Row, text: str) -> JsonDict:
    """The members of a project that say what became of its stack."""
    if PROVIDERS in project.document:
        detail = project.document[PROVIDERS][0]["CfnTemplateProviderDetail"]
        stack = {**detail["StackDetail"], "StatusMessage": text or AS_WANTED}
        return {PROVIDERS: [{"CfnTemplateProviderDetail": {**detail, "StackDetail": stack}}]}
    return {CATALOG: {**project.document.get(CATALOG, {}), "ProvisionedProductStatusMessage": text}}


# -- whether templates may be used --------------------------------------------------------------------------------


def portfolio_status(tx: Tx, account: str, region: str) -> str:
    """ENABLED or DISABLED: whether the account's people may make projects of the built-in templates."""
    row = tx.one(sa.select(settings.c.value).where(settings.c.name == _portfolio(account, region)))
    return DISABLED if row is not None and row["value"] == DISABLED else ENABLED


def portfolio_switched(tx: Tx, account: str, region: str) -> tuple[str, float] | None:
    """(ARN of who chose last, when), None before anybody did."""
    row = tx.one(sa.select(settings.c.value).where(settings.c.name == _switched(account, region)))
    if row is None:
        return None
    who, _, when = row["value"].rpartition(" ")
    return who, float(when)


def set_portfolio_status(tx: Tx, account: str, region: str, status: str, *, by: str, now: float) -> None:
    """status: ENABLED or DISABLED. by: the ARN of who wants it so."""
    values = {_portfolio(account, region): status, _switched(account, region): f"{by} {now!r}"}
    for name, value in values.items():
        tx.execute(upsert(tx, settings, ["name"], {"name": name, "value": value}))


def _portfolio(account: str, region: str) -> str:
    return f"servicecatalog_portfolio:{account}:{region}"


def _switched(account: str, region: str) -> str:
    return f"servicecatalog_portfolio_switched:{account}:{region}"


# -- what belongs to a project ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Belongings:
    """All that belongs to a project, each oldest first but executions, which are newest first.

    delivery_pipelines are CodePipeline's, pipelines SageMaker's. resources: the project's own stack's.
    """

    repositories: list[Row]
    code_repositories: list[Row]
    delivery_pipelines: list[Row]
    build_projects: list[Row]
    rules: list[Row]
    pipelines: list[Row]
    executions: list[Row]
    experiments: list[Row]
    model_groups: list[Row]
    endpoints: list[Row]
    monitoring_schedules: list[Row]
    stacks: list[Row]
    resources: list[Member]


EXECUTIONS_MAX = 50


def belongings(tx: Tx, project: Row) -> Belongings:
    """What belongs to a project: by its tags, by its stack, and by the names that are made of its name and id."""
    own = members.of(tx, project.facts["stack"]) if project.facts.get("stack") else []
    arns = {member.arn for member in own if member.arn} | _tagged(tx, project)
    rows = _rows(tx, project, table.c.arn.in_(sorted(arns))) + _named(tx, project, arns)

    def of(service: str, kind: str) -> list[Row]:
        return [row for row in rows if (row.service, row.kind) == (service, kind)]

    pipelines = of("sagemaker", "Pipeline")
    return Belongings(
        repositories=of("codecommit", "Repository"),
        code_repositories=of("sagemaker", "CodeRepository"),
        delivery_pipelines=of("codepipeline", "DeliveryPipeline"),
        build_projects=of("codebuild", "BuildProject"),
        rules=of("events", "Rule"),
        pipelines=pipelines,
        executions=_executions(tx, project, [row.arn for row in pipelines]),
        experiments=_experiments(tx, project, [row.name for row in pipelines]),
        model_groups=of("sagemaker", "ModelPackageGroup"),
        endpoints=of("sagemaker", "Endpoint"),
        monitoring_schedules=of("sagemaker", "MonitoringSchedule"),
        stacks=[row for row in of("cloudformation", "Stack") if row.status != stacks.GONE],
        resources=own,
    )


def _tagged(tx: Tx, project: Row) -> set[str]:
    """ARNs with the project's id in their tags, and those that have only its name there."""
    c = tags.c
    by_id = sa.select(c.arn).where(c.key == ID_TAG, c.value == project.document["ProjectId"])
    with_id = sa.select(c.arn).where(c.key == ID_TAG)
    by_name = sa.select(c.arn).where(c.key == NAME_TAG, c.value == project.name, c.arn.not_in(with_id))
    return {row["arn"] for statement in (by_id, by_name) for row in tx.all(statement)}


def _named(tx: Tx, project: Row, known: Collection[str]) -> list[Row]:
    """Pipelines and model groups that the templates' code names `<name>-<id>`."""
    c = table.c
    name = f"{project.name}-{project.document['ProjectId']}"
    kinds = c.kind.in_(["Pipeline", "ModelPackageGroup"])
    found = _rows(tx, project, kinds, c.service == "sagemaker", c.name.startswith(name, autoescape=True))
    return [row for row in found if row.arn not in known]


def _executions(tx: Tx, project: Row, pipelines: list[str]) -> list[Row]:
    c = table.c
    where = (c.account == project.account, c.region == project.region, c.kind == "PipelineExecution")
    return resources.select(tx, *where, c.parent.in_(pipelines), order=c.created.desc(), limit=EXECUTIONS_MAX)


def _experiments(tx: Tx, project: Row, names: list[str]) -> list[Row]:
    """The experiments in which executions keep their trials bear their pipelines' names, in lower case."""
    wanted = sorted({name.lower() for name in names})
    return _rows(tx, project, table.c.kind == "Experiment", sa.func.lower(table.c.name).in_(wanted))


def _rows(tx: Tx, project: Row, *conditions: sa.ColumnElement[bool]) -> list[Row]:
    c = table.c
    return resources.select(tx, c.account == project.account, c.region == project.region, *conditions)
