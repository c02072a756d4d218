"""What an exercise shows on a terminal: how far it is, how it ended, and where to log in."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from comity.demo.bloc import NodePlace
from comity.demo.scenario import END


def day_of(instant: int, epoch: datetime) -> str:
    """Return an instant as the scenario writes it."""
    elapsed = datetime.fromtimestamp(instant / 1_000_000, UTC) - epoch
    hours, rest = divmod(elapsed.seconds, 3600)
    return f"D{elapsed.days + 1} {hours:02d}:{rest // 60:02d}"


def show(console: Console, report: Mapping[str, Any], members: Iterable[str]) -> None:
    """Print the end state as tables."""
    _summary(console, report)
    _feeds(console, report, members)
    _decisions(console, report)
    _withdrawals(console, report)
    _correlation(console, report)


def show_logins(console: Console, nodes: Iterable[NodePlace]) -> None:
    """Print where each member's pages are, and a login for each of its desks."""
    table = Table("member", "address", "desk", "name", "password", title="Pages and logins")
    for place in nodes:
        for number, (role, login) in enumerate(place.logins.items()):
            first = (place.member, place.address) if number == 0 else ("", "")
            table.add_row(*first, role.value, login.name, login.password)
    console.print(table)


def _summary(console: Console, report: Mapping[str, Any]) -> None:
    table = Table("what", "value", title="At the end")
    submissions, unique = report["submissions"], report["unique_canonical"]
    table.add_row("submissions", f"{submissions['total']} ({submissions['story']} story)")
    table.add_row("observables", f"{unique['total']} ({unique['story']} story)")
    several = report["multi_source"]
    table.add_row("reported by several members", f"{several['story_count']} story, {several['routine_count']} routine")
    table.add_row("mean corroboration", f"{report['mean_corroboration_all']}")
    duty = report["deadline_compliance"]
    table.add_row("deadlines met", f"{duty['met']} of {duty['with_duty']}")
    table.add_row("time to share, median", str(report["time_to_share"]["median"]))
    cases = report["cases"]
    table.add_row("incident cases", f"{cases['cases']}, {cases['visible']} visible to others")
    console.print(table)


def _feeds(console: Console, report: Mapping[str, Any], members: Iterable[str]) -> None:
    audiences = ("soc-general", "soc-cii", "cert")
    table = Table("member", *audiences, title="Active objects served at the end (story)")
    for member in members:
        counts = report["feeds"].get(END, {}).get(member, {})
        table.add_row(member, *(f"{counts[name]['all']} ({counts[name]['story']})" for name in audiences if counts))
    console.print(table)


def _decisions(console: Console, report: Mapping[str, Any]) -> None:
    table = Table("checkpoint", "permit", "redact", "withhold", "reasons", title="Decisions on story submissions")
    for name, tally in report["story_decisions"].items():
        counts = (str(tally["decisions"].get(effect, 0)) for effect in ("PERMIT", "REDACT", "WITHHOLD"))
        reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(tally["reasons"].items()))
        table.add_row(name, *counts, reasons)
    console.print(table)


def _withdrawals(console: Console, report: Mapping[str, Any]) -> None:
    table = Table("object", "what", "told", "state", title="Withdrawals")
    for one in report["recalls"]:
        pending = ", ".join(one["pending_at_end"])
        state = f"purged everywhere after {one['complete']}" if one["complete"] else f"pending at {pending or 'nobody'}"
        table.add_row(one["object"], "recall", str(one["recipients"]), state)
    for one in report["revocations"]:
        state = f"active at {one['recipients_exposed']} members, {one['exposure']} at most"
        table.add_row(one["object"], "revocation", str(one["recipients"]), state)
    console.print(table)


def _correlation(console: Console, report: Mapping[str, Any]) -> None:
    table = Table("what", "found", title="What of it touches what members must protect")
    early, exposure = report["early_warning"], report["vuln_exposure"]
    table.add_row(
        "sightings warned of", f"{early['count']} of {early['positive_sightings']}, by {early['median_lead']}"
    )
    for member, values in report["own_range_alerts"].items():
        table.add_row(f"in the networks of {member}", ", ".join(values))
    table.add_row(
        "campaigns", ", ".join(f"{one} and {other} ({count})" for one, other, count in report["campaign_links"])
    )
    unwarned = ", ".join(exposure["need_to_warn"]) or "nobody"
    table.add_row("run affected software", f"{exposure['assets']} assets; still to be warned: {unwarned}")
    for cable, impact in report["cable_impact"].items():
        lost = sorted(impact["loss_percent"].items(), key=lambda pair: -pair[1])
        table.add_row(f"lost with {cable}", ", ".join(f"{member} {share} %" for member, share in lost if share))
    console.print(table)
