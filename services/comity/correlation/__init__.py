"""Incidents against assets: what of what is shared touches what must be protected; nothing here does any I/O."""
