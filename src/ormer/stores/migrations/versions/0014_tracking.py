"""Tracking servers: presigned URLs and the sessions they open; a home's own roles may use MLflow."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


# The names and the policy as they are when this version comes; what a person has made of a role otherwise stays.
ROLES = (
    "SageMakerRole",
    "AmazonSageMakerServiceCatalogProductsUseRole",
    "AmazonSageMakerServiceCatalogProductsLaunchRole",
)
PREFIXES = ("AmazonSageMakerProjects", "AmazonSageMakerServiceCatalogProducts")
ENDINGS = ("CodeBuild", "CodePipeline", "Cloudformation", "Lambda", "Execution")
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["sagemaker-mlflow:*"], "Resource": "*"}],
}


def upgrade() -> None:
    op.create_table(
        "tracking_links",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("expires", sa.Float(), nullable=False),
        sa.Column("session_seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_tracking_links")),
    )
    op.create_table(
        "tracking_sessions",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("expires", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_tracking_sessions")),
    )
    names = [*ROLES, *(f"{prefix}{ending}Role" for prefix in PREFIXES for ending in ENDINGS)]
    table = sa.table("resources", *(sa.column(name) for name in ("arn", "kind", "name", "facts")))
    wanted = sa.select(table.c.arn, table.c.facts).where(table.c.kind == "Role", table.c.name.in_(names))
    connection = op.get_bind()
    for arn, text in connection.execute(wanted).all():
        facts = json.loads(text)
        facts["inline"] = {"UseMlflow": POLICY, **facts.get("inline", {})}
        connection.execute(sa.update(table).where(table.c.arn == arn).values(facts=json.dumps(facts)))
