"""The command ``comity``."""

import sys
from importlib import metadata
from typing import Annotated

import structlog
import typer

from comity.app import collector
from comity.cli import (
    analytics,
    ask,
    assets,
    check,
    config,
    demo,
    desk,
    duty,
    explain,
    federation,
    feed,
    ledger,
    node,
    policy,
    recall,
    summary,
)
from comity.errors import ComityError

app = typer.Typer(
    name="comity",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.add_typer(node.app, name="node")
app.add_typer(federation.app, name="federation")
app.add_typer(desk.app, name="desk")
app.add_typer(feed.app, name="feed")
app.add_typer(config.app, name="config")
app.add_typer(assets.app, name="assets")
app.add_typer(analytics.app, name="analytics")
app.add_typer(duty.app, name="duty")
app.add_typer(summary.app, name="summary")
app.add_typer(policy.app, name="policy")
app.command("explain")(explain.explain)
app.add_typer(ledger.app, name="ledger")
app.command("recall")(recall.recall)
app.command("who-has")(recall.who_has)
app.command("ask")(ask.ask_members)
app.command("check")(check.check)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"comity {metadata.version('comity')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Share cyber threat intelligence between sovereign states, under rules that each can read."""


def main() -> None:
    """Run the command; a refusal ends it with exit code 1 and its reason on stderr."""
    collector.calm()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=sys.stderr))
    try:
        app()
    except ComityError as error:
        sys.stderr.write(f"refused: {error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
