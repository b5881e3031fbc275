"""A feed of any size costs a block of memory: what holds at 50 MB holds at 2 GB."""

import gzip
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from streams.feeds import FeedRecord, Rejected, open_feed, read_chunks

MIB = 1 << 20
FILE_BYTES = 50_000_000
FILL = "lumps of grade 441 in big bags, " * 60
ROWS = FILE_BYTES // len(FILL) + 100


def _csv() -> Iterator[str]:
    yield "id,source,event_date,origin,destination,product,quantity,value,currency,description\n"
    for row in range(ROWS):
        yield f'GB-{row},hmrc,2025-12-31,CN,GB,silicon|metal,20000,30320.50,USD,"{FILL}"\n'


def _jsonl() -> Iterator[str]:
    for row in range(ROWS):
        yield (
            f'{{"type":"trade","id":"GB-{row}","source":"hmrc","event_date":"2025-12-31","origin":"CN",'
            f'"destination":"GB","quantity":"20000","value":"30320.50","description":"{FILL}"}}\n'
        )


def _ots() -> Iterator[str]:
    yield '{"@odata.context":"OTS","value":['
    for row in range(ROWS):
        yield "," if row else ""
        yield (
            f'{{"MonthId":202512,"FlowTypeId":3,"CommodityId":28046900,"CountryId":720,"PortId":{row},'
            f'"Value":30320.0,"NetMass":20000.0,"Description":"{FILL}"}}'
        )
    yield "]}"


def _flows() -> Iterator[str]:
    yield "source,period,reporter,partner,flow,native_code,value_usd,qty_kg,note\n"
    for _ in range(ROWS):
        yield f"hmrc,202512,GBR,CHN,import,28046900,30320.50,20000.0,{FILL}\n".replace(", ", " ")


def _comtrade() -> Iterator[str]:
    yield '{"elapsedTime":"1 secs","data":['
    for row in range(ROWS):
        yield "," if row else ""
        yield (
            '{"freqCode":"M","period":"202503","reporterCode":276,"flowCode":"M","partnerCode":156,"partner2Code":0,'
            '"classificationCode":"H6","cmdCode":"280469","customsCode":"C00","motCode":0,"netWgt":20000.0,'
            f'"isNetWgtEstimated":false,"primaryValue":{row + 1}.5,"note":"{FILL}"}}'
        )
    yield '],"error":""}'


def _comext() -> Iterator[str]:
    yield "freq,reporter,partner,product,flow,indicators,TIME_PERIOD,OBS_VALUE,note\n"
    for row in range(ROWS // 2 + 100):
        flow = f"M,DE,CN,{row % 500 + 28_046_900},1"
        yield f"{flow},VALUE_IN_EUROS,2025-03,33000,{FILL}\n".replace(", ", " ")
        yield f"{flow},QUANTITY_IN_100KG,2025-03,200.00,{FILL}\n".replace(", ", " ")


def _unclosed_quotes() -> Iterator[str]:
    yield "id,source,event_date,origin,destination,description\n"
    for row in range(ROWS):
        yield f"GB-{row},hmrc,2025-12-31,CN,GB,{FILL.replace(',', ' ')}\n"
    yield 'GB-last,hmrc,2025-12-31,CN,GB,"never closed\n'


@contextmanager
def _peak_below(limit: int):
    """Fail if more than *limit* bytes were held at any time inside."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < limit, f"held {peak / MIB:.1f} MiB at the peak"


def _write(path: Path, lines: Iterator[str]) -> Path:
    with path.open("w") as file:
        file.writelines(lines)
    assert path.stat().st_size > FILE_BYTES
    return path


@pytest.mark.parametrize(
    ("lines", "records", "rejected", "limit"),
    [
        pytest.param(_csv, ROWS, 0, 4 * MIB, id="csv"),
        pytest.param(_jsonl, ROWS, 0, 24 * MIB, id="jsonl"),
        pytest.param(_ots, ROWS, 0, 4 * MIB, id="json-document"),
        pytest.param(_flows, ROWS, 0, 4 * MIB, id="customs-flows"),
        pytest.param(_comtrade, ROWS, 0, 4 * MIB, id="comtrade-document"),
        pytest.param(_comext, ROWS // 2 + 100, 0, 8 * MIB, id="comext-halves"),
        pytest.param(_unclosed_quotes, ROWS, 1, 4 * MIB, id="unclosed-quote"),
    ],
)
def test_a_large_file_is_read_in_a_few_mebibytes(tmp_path, lines, records, rejected, limit):
    """The peak stays far below the 50 MB of the file, whatever its form."""
    path = _write(tmp_path / "large", lines())
    counts = {FeedRecord: 0, Rejected: 0}
    with _peak_below(limit):
        for item in open_feed(path):
            counts[type(item)] += 1

    assert {FeedRecord: records, Rejected: rejected} == counts


def test_lines_of_a_large_file_are_handed_on_in_a_few_mebibytes(tmp_path):
    """Undecoded lines cost the chunk that was asked for, twice over while it is cut into lines."""
    path = _write(tmp_path / "large", _jsonl())
    lines = 0
    with _peak_below(8 * MIB):
        for chunk in read_chunks(path, MIB):
            lines += len(chunk)

    assert ROWS == lines


def test_values_of_the_wire_cost_a_slice(tmp_path):
    """Two slices at most: the one that is made and the one before it."""
    path = _write(tmp_path / "large", _csv())
    rows = 0
    with _peak_below(16 * MIB):
        for made in open_feed(path).read_wire():
            rows += len(made.values)

    assert ROWS == rows


def test_a_packed_file_is_unpacked_as_it_is_read(tmp_path):
    """What a packed feed grows to is never held."""
    path = tmp_path / "large.gz"
    with gzip.open(path, "wt", compresslevel=1) as file:
        file.writelines(_csv())
    with _peak_below(4 * MIB):
        rows = sum(1 for _ in open_feed(path))

    assert ROWS == rows


def test_a_file_without_any_end_of_line_is_not_held(tmp_path):
    """Fifty megabytes on one line are one refusal."""
    path = tmp_path / "endless"
    with path.open("w") as file:
        file.write("id,source,event_date,origin,destination\n")
        for _ in range(ROWS):
            file.write(FILL)
    with _peak_below(8 * MIB):
        items = list(open_feed(path))

    assert [Rejected] == [type(item) for item in items]


def test_a_large_parquet_file_is_read_a_batch_at_a_time(tmp_path):
    """Python's own share stays small; Arrow holds a batch besides."""
    pyarrow = pytest.importorskip("pyarrow", reason="needs the extra `parquet`")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "large.parquet"
    group = 2000
    columns = {
        "id": [f"GB-{row}" for row in range(group)],
        "source": ["hmrc"] * group,
        "event_date": ["2025-12-31"] * group,
        "origin": ["CN"] * group,
        "destination": ["GB"] * group,
        "description": [f"{row} {FILL}" for row in range(group)],
    }
    table = pyarrow.table(columns)
    groups = ROWS // group
    with parquet.ParquetWriter(path, table.schema, compression="none", use_dictionary=False) as writer:
        for _ in range(groups):
            writer.write_table(table)
    assert path.stat().st_size > FILE_BYTES - 3 * MIB
    del table, columns

    with _peak_below(32 * MIB):
        rows = sum(1 for _ in open_feed(path))

    assert groups * group == rows
