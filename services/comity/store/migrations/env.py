"""Alembic's entry: migrations run on the connection that ``Database.migrate`` hands over."""

from alembic import context

from comity.store import (  # noqa: F401  # their tables belong to the schema
    asset_tables,
    committee_tables,
    exposure_tables,
    feed_tables,
    filing_tables,
    ledger_tables,
    oversight_tables,
    quarantine_tables,
)
from comity.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite")
with context.begin_transaction():
    context.run_migrations()
