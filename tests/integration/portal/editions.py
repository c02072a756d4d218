"""An edition of the bloc of five, as a node keeps it that has fetched it."""

from collections.abc import Mapping

from comity.domain.member import Bloc
from comity.oversight.composing import Reported, compose
from comity.oversight.edition import sign
from comity.oversight.returns import Amount, Quality, Return, VisibleCase
from comity.oversight.sections import Setting, edition_of
from comity.oversight.tables import Rule
from comity.store.oversight import EditionRow

KEY = bytes(range(32))
DAY = 86_400_000_000
CLASSES = ("malicious-code", "intrusions", "availability", "fraud")
ROWS = {"XA": (9, 1, 7, 8), "XB": (12, 5, 9, 30), "XC": (4, 3, 2, 6), "XD": (8, 9, 0, 11), "NO": (15, 6, 8, 21)}


def member_return(member: str, cases: Mapping[str, int | None], *, reports: int = 4, **more: object) -> Return:
    counted = {name: {word: reports} for name, word in _WORDS.items()}
    values = {
        "member": member,
        "start": 0,
        "end": DAY,
        "made": DAY,
        "rules": "00",
        "publishes_zeros": True,
        "reports": {**counted, "infrastructure": {"data-centre": reports}},
        "amounts": {
            "organisations": Amount(total=reports * 2, numbers=reports),
            "user hours": Amount(not_shared=reports),
        },
        "lags": (90,) * reports,
        "duties": {},
        "quality": Quality(released=20, asked=4, confirmed_in_hour=3, confirmed_in_day=4),
        "withheld": {"not-releasable": 3},
        "given": {},
        "points": 30,
        "pairs": 20,
        "cases": tuple(
            VisibleCase(token=f"{place:032x}", sector="energy", reaches_several=False) for place in range(reports)
        ),
        "ordinary": cases,
        "since_pull": 5,
    }
    return Return(**{**values, **more})  # type: ignore[arg-type]  # a test's choice


_WORDS = {"sector": "energy", "class": "fraud", "root cause": "human-errors", "layer": "informational"}


def edition_row(bloc: Bloc, *, number: int = 1, previous: str = "") -> EditionRow:
    returns = [member_return(member, dict(zip(CLASSES, row, strict=True))) for member, row in ROWS.items()]
    material = compose(Reported(bloc=bloc, rule=Rule(), returns=returns), 0, DAY)
    setting = Setting(
        bloc=bloc, rule=Rule(), number=number, previous=previous, made=DAY, rules="00", corroboration=(80, 12, 95)
    )
    signed = sign(edition_of(material, setting), KEY)
    return EditionRow(
        number=number,
        start=0,
        end=DAY,
        made=DAY,
        body=signed.body,
        digest=signed.digest,
        signature=signed.signature,
        audit='{"taken": 7}',
    )
