"""What was given before macros made a template of it; state machines, which a home's own roles may run."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

# What a home's own roles trust beside others when this version comes; roles of a person's own stay as they are.
ROLES = ("AmazonSageMakerServiceCatalogProductsUseRole", "AmazonSageMakerProjectsUseRole")
TRUSTED, BESIDE = "states.amazonaws.com", "lambda.amazonaws.com"


def upgrade() -> None:
    op.add_column("stack_requests", sa.Column("original", sa.Text(), nullable=True))
    op.create_table(
        "state_machine_revisions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("machine_arn", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("role_arn", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_state_machine_revisions")),
    )
    op.create_index("ix_state_machine_revisions_machine", "state_machine_revisions", ["machine_arn", "created"])
    op.create_table(
        "state_machine_flows",
        sa.Column("execution_arn", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("parent", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("due", sa.Float(), nullable=True),
        sa.Column("watched", sa.Text(), nullable=True),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("execution_arn", "number", name=op.f("pk_state_machine_flows")),
    )
    op.create_index("ix_state_machine_flows_token", "state_machine_flows", ["token"])
    op.create_table(
        "state_machine_events",
        sa.Column("execution_arn", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("previous", sa.Integer(), nullable=False),
        sa.Column("time", sa.Float(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("execution_arn", "number", name=op.f("pk_state_machine_events")),
    )
    op.create_table(
        "state_machine_activity_tasks",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("activity_arn", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_state_machine_activity_tasks")),
        sa.UniqueConstraint("token", name=op.f("uq_state_machine_activity_tasks_token")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_state_machine_activity_tasks_activity", "state_machine_activity_tasks", ["activity_arn", "id"])
    _trust()


def _trust() -> None:
    table = sa.table("resources", *(sa.column(name) for name in ("arn", "kind", "name", "document")))
    wanted = sa.select(table.c.arn, table.c.document).where(table.c.kind == "Role", table.c.name.in_(ROLES))
    connection = op.get_bind()
    for arn, text in connection.execute(wanted).all():
        document = json.loads(text)
        trust = json.loads(document["AssumeRolePolicyDocument"])
        for statement in trust["Statement"]:
            principal = statement.get("Principal")
            services = principal.get("Service") if isinstance(principal, dict) else None
            if isinstance(services, list) and BESIDE in services and TRUSTED not in services:
                services.append(TRUSTED)
        document["AssumeRolePolicyDocument"] = json.dumps(trust)
        connection.execute(sa.update(table).where(table.c.arn == arn).values(document=json.dumps(document)))
