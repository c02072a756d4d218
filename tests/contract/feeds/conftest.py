"""The feeds under test, each with a sample and what must come of it."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from comity_feeds import (
    address_ranges,
    csaf,
    epss,
    feodo,
    intelmq,
    kev,
    mapped_csv,
    misp_event,
    n6,
    nvd,
    openioc,
    openphish,
    otx,
    pasted_text,
    pdf_report,
    phishtank,
    plain_list,
    shadowserver,
    sigma,
    spamhaus_drop,
    sslbl,
    stix_bundle,
    suricata,
    threatfox,
    urlhaus,
    yara,
)
from comity_feeds.options import FeedOptions
from comity_feeds.record import FeedRecord

SAMPLES = Path(__file__).parent / "samples"
THREATS = {
    "observables": {"value": "column", "sha256": "hash"},
    "kind_column": "type",
    "kinds": {"ip:port": "ip", "domain": "domain"},
    "first_seen": "seen",
    "confidence": "sure",
    "description": "said",
    "header": "comment",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A feed, a sample, and the options that the sample needs."""

    read: Callable[[bytes, FeedOptions | Mapping[str, object]], Iterator[FeedRecord]]
    sample: str
    relayed: bool = False
    """Whether the feed passes objects on instead of authoring them."""
    verbatim: bool = True
    """Whether what it passes on stays as it is byte for byte."""
    more: Mapping[str, object] = field(default_factory=dict)

    @property
    def source(self) -> bytes:
        """The bytes of the sample."""
        return (SAMPLES / self.sample).read_bytes()

    @property
    def expected(self) -> list[dict[str, object]]:
        """What must come of the sample: places, and the object or nothing."""
        lines = (SAMPLES / f"{self.sample}.expected").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def table(self, **changes: object) -> dict[str, object]:
        """Return the options as the table of a settings file, with *changes*."""
        received = datetime(2026, 1, 5, 12, tzinfo=UTC)
        return {"source": "exercise", "received_at": received, "tlp": "green", **self.more, **changes}

    def records(self, body: bytes | None = None, **changes: object) -> list[FeedRecord]:
        """Return what the feed yields for *body*, or for the sample."""
        return list(self.read(self.source if body is None else body, self.table(**changes)))


CASES = (
    Case(read=stix_bundle.read, sample="bundle.json", relayed=True),
    Case(read=stix_bundle.read, sample="objects.jsonl", relayed=True),
    Case(read=misp_event.read, sample="event.json"),
    Case(read=mapped_csv.read, sample="threats.csv", more={"mapping": THREATS}),
    Case(read=pasted_text.read, sample="report.txt"),
    Case(read=plain_list.read, sample="list.txt"),
    Case(read=address_ranges.read, sample="ranges.csv"),
    Case(read=stix_bundle.read, sample="bundle20.json", relayed=True, verbatim=False),
    Case(read=urlhaus.read, sample="urlhaus.csv"),
    Case(read=threatfox.read, sample="threatfox.csv"),
    Case(read=threatfox.read, sample="threatfox.json"),
    Case(read=feodo.read, sample="feodo.json"),
    Case(read=sslbl.read, sample="sslbl.csv"),
    Case(read=kev.read, sample="kev.json"),
    Case(read=epss.read, sample="epss.csv"),
    Case(read=nvd.read, sample="nvd.json"),
    Case(read=csaf.read, sample="csaf.json"),
    Case(read=otx.read, sample="otx.json"),
    Case(read=phishtank.read, sample="phishtank.json"),
    Case(read=openphish.read, sample="openphish.txt"),
    Case(read=spamhaus_drop.read, sample="drop.jsonl"),
    Case(read=shadowserver.read, sample="shadowserver.csv"),
    Case(read=intelmq.read, sample="intelmq.jsonl"),
    Case(read=n6.read, sample="n6.json"),
    Case(read=openioc.read, sample="openioc.xml"),
    Case(read=pdf_report.read, sample="report.pdf"),
    Case(read=yara.read, sample="rules.yar"),
    Case(read=sigma.read, sample="rules.yml"),
    Case(read=suricata.read, sample="suricata.rules"),
)


@pytest.fixture(params=CASES, ids=lambda case: case.sample)
def case(request: pytest.FixtureRequest) -> Case:
    """Each feed in turn."""
    found = request.param
    assert isinstance(found, Case)
    return found


@pytest.fixture(params=[case for case in CASES if not case.relayed], ids=lambda case: case.sample)
def author(request: pytest.FixtureRequest) -> Case:
    """Each feed in turn that authors objects."""
    found = request.param
    assert isinstance(found, Case)
    return found
