"""Alembic's entry: migrations run on the connection that ``Database.migrate`` hands over."""

from alembic import context

from comity.store import committee_tables  # noqa: F401  # its tables are among the metadata
from comity.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite")
with context.begin_transaction():
    context.run_migrations()
