"""The pages of a node: what analysts, operators and regulators see, drawn on the server."""
