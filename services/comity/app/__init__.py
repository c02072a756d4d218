"""Where services meet their parts: from settings to a running node or federation."""
