"""The command ``comity``."""

import sys

import structlog
import typer

from comity.cli import check, demo, desk, explain, federation, feed, node, policy
from comity.errors import ComityError

app = typer.Typer(
    name="comity",
    help="Share cyber threat intelligence between sovereign states, under rules that each can read.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.add_typer(node.app, name="node")
app.add_typer(federation.app, name="federation")
app.add_typer(desk.app, name="desk")
app.add_typer(feed.app, name="feed")
app.add_typer(policy.app, name="policy")
app.command("explain")(explain.explain)
app.command("check")(check.check)


def main() -> None:
    """Run the command; a refusal ends it with exit code 1 and its reason on stderr."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=sys.stderr))
    try:
        app()
    except ComityError as error:
        sys.stderr.write(f"refused: {error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
