"""The exercise from beginning to end."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from comity.demo.assets import registry_of
from comity.demo.bloc import LocalBloc
from comity.demo.correlation import CorrelationObserver
from comity.demo.correlation_report import CorrelationReporter
from comity.demo.display import day_of, show, show_logins
from comity.demo.exchange_report import exchange_report
from comity.demo.observation import Observed, Observer
from comity.demo.oversight import report_all
from comity.demo.replay import Replay
from comity.demo.report import Report, Reporter
from comity.demo.scenario import END, Scenario
from comity.domain.purpose import Purpose

FIRST_PORT = 8800


@contextmanager
def running_bloc(
    scenario: Scenario, *, profile: str, folder: Path | None, console: Console, first_port: int = FIRST_PORT
) -> Iterator[LocalBloc]:
    """Make and start the bloc of a scenario; its processes end with the context, and so do its files unless kept."""
    with tempfile.TemporaryDirectory(prefix="comity-demo-") as scratch:
        place = folder or Path(scratch)
        place.mkdir(parents=True, exist_ok=True)
        document = scenario.document
        with LocalBloc(place, profile=profile, members=document.members, first_port=first_port) as bloc:
            with console.status(f"Making the federation and {len(document.members)} nodes ..."):
                bloc.make(min(scenario.moments()))
                bloc.keep_registry(registry_of(scenario))
            with console.status("Starting them ..."):
                bloc.start()
            yield bloc


def play(scenario: Scenario, bloc: LocalBloc, console: Console) -> Report:
    """Replay the scenario on a running bloc, and return the report of what was observed."""
    document = scenario.document
    purpose = Purpose.JOINT_EXERCISE if document.exercise_marking else Purpose.INCIDENT_RESPONSE
    observer = Observer(bloc, purpose)
    observed = Observed()
    correlation = CorrelationObserver(scenario, bloc)
    correlation.declare()
    checkpoints = {name: scenario.at(name) for name in (*document.checkpoints, END)}
    replay = Replay(scenario, bloc)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=console) as progress:
            task = progress.add_task("Replaying", total=replay.count)
            for instant in replay.moments():
                progress.update(task, description=day_of(instant, document.epoch), advance=1)
                progress.update(task, total=max(replay.count + progress.tasks[0].completed, 1))
                if instant in checkpoints.values():
                    moment = observer.moment()
                    observed.moments.update({name: moment for name, at in checkpoints.items() if at == instant})
                correlation.look(instant)
        observer.finish(observed)
        correlated = correlation.finish()
        observed.audit = report_all(scenario, bloc)
    finally:
        replay.close()
    withdrawn = {one["object_id"] for several in observed.withdrawals.values() for one in several}
    correlations = CorrelationReporter(scenario, correlated, connections=replay.connections, withdrawn=withdrawn)
    correlated_report = correlations.report()
    return {
        **Reporter(scenario, observed).report(),
        **correlated_report,
        **exchange_report(scenario, observed, links=correlated_report["campaign_links"]),
    }


def present(report: Report, bloc: LocalBloc, console: Console, *, file: Path | None) -> None:
    """Print the report as tables, and write it to *file*."""
    show(console, report, bloc.members)
    if file is not None:
        file.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        console.print(f"report written to {file}", markup=False)


def present_logins(bloc: LocalBloc, console: Console) -> None:
    """Print where to look at the end state."""
    show_logins(console, bloc.nodes.values())
