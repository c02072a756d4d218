"""A publisher, and a node that reads what it publishes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from comity.app.folder import make
from comity.app.node_service import open_node

from tests.integration.feeds.publisher import Publisher, publishing


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    """A publisher with nothing published yet."""
    with publishing() as running:
        yield running


@pytest.fixture
def node(tmp_path: Path) -> Path:
    """The folder of a node that nobody serves."""
    folder = tmp_path / "XA"
    values = {"kind": "node", "member": "XA", "profile": "five", "database": "sqlite:///node.db", "sync_seconds": 0}
    open_node(make(folder, values)).close()
    return folder
