"""The command ``comity``: one module a subcommand; prints results to stdout and problems to stderr.

Exit code 0, 1 where something is refused, 2 for wrong usage.
"""
