"""How lesser forms of an object are made, in the origin's own node, before anything leaves it."""
