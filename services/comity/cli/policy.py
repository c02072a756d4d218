"""``comity policy``: the committee, from a member's node or at the federation."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from difflib import unified_diff
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from comity.app.federation_service import FederationService, open_federation
from comity.app.node_service import NodeService, delegate_of, open_node
from comity.cli.options import AsJSON, Folder, moment_of
from comity.errors import RefusedError, SettingsError
from comity.federation.committee import Committee
from comity.node.committee import Delegate
from comity.policy.effect import Effect
from comity.policy.policies import Policy
from comity.policy.proof import OPENS_NOTHING, Proof
from comity.settings import load, parse_yaml
from comity.taxii.timestamps import format_timestamp

app = typer.Typer(help="Change the rules: propose, look, prove, sign, put in force.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="The number of the proposal.")]
Out = Annotated[Path | None, typer.Option(help="Write it to a file, for those who exchange files.")]


@app.command()
def propose(
    folder: Folder,
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Chapters (*.cedar) and documents of a profile (*.yaml) as they would be."),
    ] = None,
    remove: Annotated[list[str] | None, typer.Option(help="The name of a chapter to remove.")] = None,
    title: Annotated[str, typer.Option(help="What the change is about, in words.")] = "",
    effective: Annotated[str, typer.Option(help="From when on, such as 2027-01-31; default: at once.")] = "",
) -> None:
    """Put a change of the rules forward; it decides nothing until it is signed and activated."""
    contents = {path.name: _content(path) for path in files or ()}
    start = moment_of(effective) if effective else None
    removed = frozenset(remove or ())
    with _opened(folder) as service:
        if isinstance(service, Delegate):
            told = service.propose(contents, removed=removed, title=title, effective=start)
        else:
            told = service.propose("", contents, removed=removed, title=title, effective=start)
    typer.echo(f"proposal {told['number']} changes {', '.join(told['changes'])}; {told['missing']}")


@app.command()
def show(folder: Folder, number: Annotated[int | None, typer.Argument()] = None, out: Out = None) -> None:
    """List the proposals, or print one; with --out everything that is needed to sign it elsewhere."""
    with _opened(folder) as service:
        told = service.proposals() if number is None else [service.proposal(number)]
        if out is not None and number is not None:
            before, after = service.texts(number)
            out.write_text(json.dumps({**told[0], "before": before, "after": after}), "utf-8")
    table = Table("number", "title", "from", "signed by", "against", "state")
    for one in told:
        state = "in force" if one["activated"] else one["missing"] or "ratified"
        dissent = "; ".join(f"{member}: {remark}" for member, remark in one["dissent"].items())
        start = format_timestamp(one["effective"])[:10]
        table.add_row(str(one["number"]), one["title"], start, ", ".join(one["approved_by"]), dissent, state)
    Console().print(table)


@app.command()
def diff(folder: Folder, number: Number, as_json: AsJSON = False) -> None:
    """Show what a proposal changes in the texts, and what that opens and closes today, to whom and of whom.

    From a node: of the member's own data, and to its own desks.
    """
    with _opened(folder) as service:
        before, after = (Policy.parse(text) for text in service.texts(number))
        found = service.effect(number)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found]))
        return
    for name in before.changes(after):
        was, becomes = _lines(before, name), _lines(after, name)
        typer.echo("\n".join(unified_diff(was, becomes, name, f"{name} as proposed", lineterm="", n=1)))
    _print_effect(found)


@app.command()
def prove(folder: Folder, number: Number) -> None:
    """Prove the standing guarantees of a proposal, and whether it opens anything for any label there could be."""
    with _opened(folder) as service:
        proofs = service.prove(number)
    for each in proofs:
        typer.echo(_said(each))
        if each.counterexample:
            typer.echo(f"  for example: {each.counterexample}")
    typer.echo(f"asked: {', '.join(proofs[0].provers)}")


@app.command()
def sign(  # noqa: PLR0917  # the arguments of a command
    folder: Folder,
    number: Annotated[int | None, typer.Argument(help="The number of the proposal.")] = None,
    against: Annotated[bool, typer.Option("--against", help="Sign against it: dissent, which is kept.")] = False,
    remark: Annotated[str, typer.Option(help="What the member says to it.")] = "",
    proposal: Annotated[
        Path | None, typer.Option(help="What 'comity policy show --out' wrote, instead of asking.")
    ] = None,
    out: Out = None,
    word: Annotated[Path | None, typer.Option(help="At the federation: a signature that 'sign --out' wrote.")] = None,
) -> None:
    """Sign a proposal for the member whose node this is, or hand in a signature that came as a file."""
    with _opened(folder) as service:
        if isinstance(service, Committee):
            told = _handed_in(service, word)
        elif proposal is not None:
            given = _json(proposal)
            signed = {**service.word(given, approves=not against, remark=remark), "member": service.node.member}
            _required(out).write_text(json.dumps({**signed, "number": given["number"]}), "utf-8")
            typer.echo(f"signed; hand {out} in at the federation")
            return
        elif number is None:
            raise SettingsError("no number, expected that of a proposal")
        else:
            told = service.sign(number, approves=not against, remark=remark)
    typer.echo(f"signed by {', '.join(told['approved_by']) or 'nobody'}; {told['missing'] or 'ratified'}")


@app.command()
def activate(folder: Folder, number: Number) -> None:
    """Put a proposal in force that is ratified, due and proved: one transaction closes and opens what it does."""
    with _opened(folder) as service:
        told = service.activate(number)
    typer.echo(f"proposal {told['number']} is in force, digest {told['digest']}")


@app.command()
def history(folder: Folder, as_json: AsJSON = False) -> None:
    """List what was in force from when on."""
    with _opened(folder) as service:
        past = service.history()
    if as_json:
        typer.echo(json.dumps([{**asdict(one), "suspended": sorted(one.suspended)} for one in past]))
        return
    table = Table(Column("from", no_wrap=True), "what", Column("digest", no_wrap=True), "suspended", "why")
    for one in past:
        start = format_timestamp(one.activated)[:19]
        table.add_row(start, one.kind, one.digest[:12], ", ".join(sorted(one.suspended)), one.reason)
    Console().print(table)


@app.command()
def trust(
    folder: Folder,
    member: Annotated[str, typer.Argument(help="The code of the member.")],
    key: Annotated[str, typer.Argument(help="Its public key, 64 hexadecimal digits.")],
) -> None:
    """At the federation: take a key as a member's, in place of the one it was known by."""
    with _opened(folder) as service:
        if not isinstance(service, Committee):
            raise RefusedError("a key is trusted at the federation")
        service.trust(member, key)
    typer.echo(f"{member} signs with {key}")


@contextmanager
def _opened(folder: Path) -> Iterator[Committee | Delegate]:
    settings = load(folder)
    service: NodeService | FederationService
    service = open_node(settings) if settings.kind == "node" else open_federation(settings)
    try:
        yield delegate_of(service) if isinstance(service, NodeService) else Committee(federation=service.federation)
    finally:
        service.close()


def _handed_in(committee: Committee, word: Path | None) -> dict[str, Any]:
    if word is None:
        raise RefusedError("members sign from their nodes, expected --word with a signature from one")
    given = _json(word)
    return committee.sign(
        given["number"],
        given["member"],
        approves=given["approves"],
        remark=given["remark"],
        signature=given["signature"],
        public=given["public"],
    )


def _content(path: Path) -> object:
    try:
        return path.read_text("utf-8") if path.suffix == ".cedar" else parse_yaml(path)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"file {str(path)!r} cannot be read") from error


def _json(path: Path) -> Any:  # noqa: ANN401  # JSON
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"file {str(path)!r} holds no proposal or signature") from error


def _required(out: Path | None) -> Path:
    if out is None:
        raise SettingsError("no --out, expected a file for the signature")
    return out


def _said(one: Proof) -> str:
    if one.name == OPENS_NOTHING and not one.holds:
        return "opens: The change opens something that was closed."
    return f"{'holds' if one.holds else 'BROKEN'}: {one.words}"


def _lines(policy: Policy, name: str) -> list[str]:
    if name in policy.chapters:
        return policy.chapters[name].splitlines()
    content = policy.documents.get(name)
    return [] if content is None else json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True).splitlines()


def _print_effect(found: list[Effect]) -> None:
    if not found:
        typer.echo("\nof what there is today, it opens and closes nothing")
        return
    table = Table("", "desk", "purpose", "data of", "form", "classes", "releases")
    for one in found:
        row = ("opens" if one.opens else "closes", one.desk, one.purpose, one.origin, one.form)
        table.add_row(*row, str(one.classes), str(one.releases))
    Console().print(table)
