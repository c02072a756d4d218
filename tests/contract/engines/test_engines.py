"""One suite for every engine: the rows are those of a reference that compares everything with everything."""

import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from random import Random

import pyarrow.parquet as pq
import pytest
from comity.analytics.compiled import Indicator, compile_tables
from comity.analytics.engines import DuckDBEngine, Engine, SparkEngine, compiled_sql
from comity.analytics.telemetry_index import candidates, write_index

from tests.contract.engines import world

HERE = Path(__file__).parent
DIALECTS = {"duckdb": "duckdb", "spark": "pyspark"}


@pytest.fixture(scope="session", params=["duckdb", "spark"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    if request.param == "duckdb":
        yield DuckDBEngine(memory=500)
        return
    if shutil.which("java") is None or find_spec("pyspark") is None:
        pytest.skip("Spark needs Java and PySpark: make spark")
    # Little data: its processes are not to spend their time on making code fast.
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        # Two worker processes of one core each beside the driver: rows really travel.
        spark = SparkEngine.at("local-cluster[2,1,1024]")
    yield spark
    spark.close()


@pytest.mark.filterwarnings("ignore")
def test_rows_are_those_of_the_reference(engine: Engine, tmp_path: Path) -> None:
    rng = Random(5)  # noqa: S311  # the same every time
    protected, looked_for, several = world.assets(rng), world.indicators(rng), world.events(rng, 300)
    files = [world.write(several[at::2], tmp_path / f"{at}.parquet") for at in (0, 1)]
    rows = engine.rows(files, compile_tables(looked_for, protected))

    assert len(rows) == len(set(rows))
    assert set(rows) == world.expected(several, looked_for, protected)
    assert len(rows) > 500


def test_an_index_narrows_where_to_look_and_nothing_is_missed(tmp_path: Path) -> None:
    rng = Random(7)  # noqa: S311  # the same every time
    protected, looked_for, several = world.assets(rng), world.indicators(rng), world.events(rng, 400)
    path = world.write(several, tmp_path / "0.parquet", row_group=4)
    write_index(path)
    for part in (looked_for[at::4] for at in range(4)):
        compiled = compile_tables(part, protected)
        expected = world.expected(several, part, protected)
        rows = candidates(path, compiled)

        assert rows is not None
        near = set(pq.read_table(path)["event"].take(rows).to_pylist())
        assert {row[0] for row in expected} <= near < set(range(400))
        assert set(DuckDBEngine(memory=200).rows([path], compiled)) == expected


def test_few_indicators_are_looked_for_in_few_rows(tmp_path: Path) -> None:
    path = world.write(world.events(Random(7), 400), tmp_path / "0.parquet", row_group=4)  # noqa: S311  # the same
    write_index(path)
    one = Indicator(id="i", kind="file:sha256", value=f"{3:064x}")
    rows = candidates(path, compile_tables([one], []))

    assert rows is not None
    assert len(rows) == len(DuckDBEngine(memory=200).rows([path], compile_tables([one], []))) < 20


@pytest.mark.filterwarnings("ignore")
def test_nothing_to_look_for_finds_nothing(engine: Engine, tmp_path: Path) -> None:
    several = world.events(Random(1), 10)  # noqa: S311  # the same every time
    events = world.write(several, tmp_path / "0.parquet")

    assert engine.rows([events], compile_tables([], [])) == []


@pytest.mark.parametrize(("name", "dialect"), DIALECTS.items())
def test_the_compiled_sql_is_the_one_that_was_looked_at(name: str, dialect: str) -> None:
    rng = Random(5)  # noqa: S311  # the same every time
    compiled = compile_tables(world.indicators(rng)[:40], world.assets(rng))

    assert compiled_sql(compiled, dialect) + "\n" == (HERE / f"matches.{name}.sql").read_text("utf-8")


def test_networks_too_wide_and_kinds_that_telemetry_does_not_have_are_counted() -> None:
    looked_for = world.indicators(Random(5))  # noqa: S311  # the same every time

    assert compile_tables(looked_for, []).skipped == 2
