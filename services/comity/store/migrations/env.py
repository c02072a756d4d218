"""Alembic's entry: migrations run on the connection that ``Database.migrate`` hands over."""

from alembic import context

from comity.store import exposure_tables, filing_tables, ledger_tables, quarantine_tables  # noqa: F401  # their tables are in the metadata
from comity.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite")
with context.begin_transaction():
    context.run_migrations()
