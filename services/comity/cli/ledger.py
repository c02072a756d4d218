"""``comity ledger``: what the federation did, as it can be proved."""

import json
import secrets
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from comity.app.federation_service import open_federation
from comity.app.node_service import open_node
from comity.cli.options import AsJSON, Folder
from comity.errors import LedgerError, SettingsError
from comity.ledger.evidence import Evidence, verified_together
from comity.ledger.notes import COSIGNATURE, Key, Signer
from comity.ledger.witness import Witness, alone, replace_file, witnessed_at
from comity.ledger.words import in_words
from comity.node import audit
from comity.settings import FILE, load
from comity.taxii.timestamps import format_timestamp

LogKey = Annotated[str, typer.Option("--key", help="The key of the ledger, or an admission file with it.")]

_EVERY = 1 << 62
app = typer.Typer(help="The ledger: who was granted, served and told what, with proofs.", no_args_is_help=True)


@app.command()
def show(folder: Folder, as_json: AsJSON = False) -> None:
    """List the entries about a node's member, or at the federation all of them; each is verified first."""
    evidence, key = _evidence(folder)
    checkpoint = evidence.verified(key)
    if as_json:
        typer.echo(json.dumps([{"number": one.number, **one.told} for one, _ in evidence.entries]))
        return
    table = Table("entry", "when", "what", title=f"{len(evidence.entries)} of {checkpoint.size} entries")
    for one, _ in evidence.entries:
        told = one.told
        table.add_row(str(one.number), format_timestamp(told["at"])[:19], in_words(told))
    Console().print(table)


@app.command()
def export(
    folder: Folder,
    out: Annotated[Path, typer.Argument(help="The file to write; it names what the member's objects were given to.")],
    member: Annotated[str, typer.Option(help="At the federation: the member to whom the file will go.")] = "",
    since: Annotated[Path | None, typer.Option(help="An earlier exported file, which this one shall continue.")] = None,
) -> None:
    """Write a file with the entries about a member, their proofs, and the proof that the log has only grown."""
    evidence, key = _evidence(folder, member, since=Evidence.parse(_bytes(since)).checkpoint if since else "")
    size = evidence.verified(key).size
    out.write_bytes(evidence.text())
    typer.echo(f"{len(evidence.entries)} of {size} entries written to {out}; key {key}")


@app.command()
def verify(
    what: Annotated[list[Path], typer.Argument(help="Exported files, or the folder of a federation.", exists=True)],
    key: LogKey = "",
    witness: Annotated[
        list[str] | None,
        typer.Option(help="The key of a witness that must have signed too; several times for several."),
    ] = None,
) -> None:
    """Check exported files, together and offline, or a federation's whole database; exit 1 if something is wrong."""
    if len(what) == 1 and (what[0] / FILE).is_file():
        _verify_database(what[0])
        return
    if not key:
        raise SettingsError("key is empty, expected the key of the ledger or an admission file")
    witnesses = [Key.parse(text, type=COSIGNATURE) for text in witness or ()]
    for path, (evidence, checkpoint) in zip(what, verified_together(map(_bytes, what), _key(key)), strict=True):
        grown = "; it continues the earlier checkpoint" if evidence.earlier else ""
        seen = "".join(f"; {each.name} saw it at {_seen(evidence, each)}" for each in witnesses)
        typer.echo(f"{path}: {len(evidence.entries)} entries are in the log of {checkpoint.size}{grown}{seen}")


@app.command("witness")
def sign_as_witness(
    state: Annotated[Path, typer.Argument(help="The file of the witness: its private key and what it has seen.")],
    file: Annotated[Path, typer.Argument(help="An exported file; the signature is added to it.", exists=True)],
    key: LogKey = "",
    name: Annotated[str, typer.Option(help="The first time: under which name to sign, such as witness.example.")] = "",
) -> None:
    """Sign the checkpoint of an exported file as a witness, unless it does not continue the one signed last."""
    with alone(state):
        kept = Witness.read(state) if state.exists() else _new_witness(state, name, key)
        if (key and _key(key) != kept.log) or (name and name != kept.signer.name):
            raise LedgerError(f"this witness is {kept.signer.name!r} for the log {kept.log}, expected no other")
        evidence = Evidence.parse(_bytes(file))
        signed = kept.signed(evidence, at=int(time.time()))
        signed.write(state)
    replace_file(file, replace(evidence, checkpoint=signed.checkpoint).text())
    typer.echo(f"{file}: signed; key {signed.signer.witness_key}")


def _new_witness(state: Path, name: str, key: str) -> Witness:
    if not (name and key):
        raise SettingsError(f"there is no {str(state)!r} yet, expected --name and --key for a new witness")
    signer = Signer(name, secrets.token_bytes(32))
    Key.parse(str(signer.key))
    return Witness(signer=signer, log=_key(key))


def _seen(evidence: Evidence, witness: Key) -> str:
    return format_timestamp(witnessed_at(evidence.checkpoint, witness) * 1_000_000)[:19]


def _verify_database(folder: Path) -> None:
    service = open_federation(load(folder))
    try:
        checkpoint = service.federation.ledger.check(service.federation.store.read())
    finally:
        service.close()
    typer.echo(f"the {checkpoint.size} entries in the database are those that were signed")


def _evidence(folder: Path, member: str = "", *, since: str = "") -> tuple[Evidence, Key]:
    settings = load(folder)
    if settings.kind == "federation":
        hub = open_federation(settings)
        try:
            ledger = hub.federation.ledger
            return ledger.evidence(hub.federation.store.read(), member or None, earlier=since, limit=_EVERY), ledger.key
        finally:
            hub.close()
    node = open_node(settings)
    try:
        if node.exchange is None:
            raise SettingsError("admission is empty, expected what 'comity federation admit' writes")
        text = node.exchange.admission.ledger_key
        earlier = since or audit.newest_checkpoint(node.node, text)
        return audit.fetch_all(node.exchange.client, text, earlier=earlier), Key.parse(text)
    finally:
        node.close()


def _key(text: str) -> Key:
    if not Path(text).is_file():
        return Key.parse(text)
    try:
        return Key.parse(str(msgspec.json.decode(_bytes(Path(text)), type=dict[str, str])["ledger_key"]))
    except (msgspec.MsgspecError, KeyError) as error:
        raise LedgerError(f"{text!r} is no admission with the key of a ledger") from error


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"file {str(path)!r} cannot be read") from error
