"""Everything Comity remembers, in SQLite or PostgreSQL; the only importer of SQLAlchemy."""
