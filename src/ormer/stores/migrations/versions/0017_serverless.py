"""What was given before macros made a template of it; executions of state machines."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("stack_requests", sa.Column("original", sa.Text(), nullable=True))
