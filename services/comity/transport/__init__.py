"""Speaking HTTP to other services; the only importer of httpx."""
