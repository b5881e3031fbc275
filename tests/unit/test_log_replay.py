"""Replays of a log: in one process or several, and of some goods only."""

from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from alerts.model import encode_alert
from streams.archive.line import ArchiveError
from streams.feed_records import ReplayOptions
from streams.log_replay import replay_log
from streams.log_source import ArchiveSource, Chosen, Period
from streams.records import Heartbeat, Trade, encode_record
from streams.replay import load_book, replay_direct
from streams.selection import Selection
from streams.settings import Settings
from tests.archives import END, LOGGED_MS, archive_of
from tests.sales import on, sale
from tests.unit.runs.run_of import floors_of

AS_OF = date(2025, 6, 1)

SILICON = [
    sale(0, "1.5"),
    sale(1, "3", id="dear"),
    sale(2, "1.8", id="brazil", origin="BR"),
    sale(40, "1.5", id="late"),
]
TUNGSTEN = [replace(each, id=f"w/{each.id}", product="tungsten|metal") for each in SILICON]


@pytest.fixture
def book(tmp_path):
    """Return a floor of silicon metal of 2.00 USD/kg."""
    return load_book([floors_of(tmp_path / "floors.toml", "2.00")])


def outcome(result):
    """Return what of a result must be the same however it was come to."""
    alerts = tuple(map(encode_alert, result.alerts))
    return alerts, result.series, result.records, result.refused, result.outcomes, result.held, result.lacks


def files_of(folder: Path, *records: Trade) -> list[Path]:
    """Write records as a feed."""
    path = folder / "feed.jsonl"
    path.write_bytes(b"".join(encode_record(each) + b"\n" for each in records))
    return [path]


def test_any_number_of_processes_comes_to_the_same(tmp_path, book):
    """Alerts, sums and counts; a process for each partition at the most."""
    archive = archive_of(tmp_path, [*SILICON, b"{", END], [*TUNGSTEN, TUNGSTEN[0], END])
    alone, apart = (
        replay_log(ArchiveSource(archive), book=book, settings=Settings(), processes=count, series=True)
        for count in (1, 3)
    )

    assert (1, 2) == (alone.processes, apart.processes)
    assert outcome(alone) == outcome(apart)
    assert {"silicon|metal", "tungsten|metal"} == {alert.product for alert in alone.alerts}
    assert ({"not_json": 1}, {"duplicate": 1}) == (alone.refused, alone.outcomes)


def test_what_a_process_cannot_read_is_said_as_if_there_were_none(tmp_path, book):
    """A segment that was harmed is one error, whoever reads it."""
    archive = archive_of(tmp_path, [*SILICON, END], [*TUNGSTEN, END])
    (archive / "trades/1/00000000000000000000.jsonl.gz").write_bytes(b"harmed")

    for count in (1, 2):
        with pytest.raises(ArchiveError, match="was changed"):
            replay_log(ArchiveSource(archive), book=book, settings=Settings(), processes=count)


def test_all_that_is_looked_at_is_heard(tmp_path, book):
    """So that a bar comes to its end, be it of a part of the goods, judged by several processes."""
    archive = archive_of(tmp_path, [*SILICON, END], [*TUNGSTEN, END])
    for source in (ArchiveSource(archive), Chosen(ArchiveSource(archive), Selection(origins=("BR",)))):
        for count in (1, 2):
            heard = []
            replay_log(
                source,
                book=book,
                settings=Settings(),
                processes=count,
                hear=lambda progress, heard=heard: heard.append(progress.read),
            )
            assert sum(source.sizes().values()) == heard[-1] == 12


@pytest.mark.parametrize(
    "goods",
    [
        pytest.param(Selection(), id="all"),
        pytest.param(Selection(products=("silicon|*",)), id="a-product"),
        pytest.param(Selection(origins=("CN",)), id="an-origin"),
        pytest.param(Selection(products=("tungsten|metal",), origins=("C?",)), id="both"),
        pytest.param(Selection(origins=("NO",)), id="none"),
    ],
)
def test_some_goods_of_a_log_are_those_of_its_files(tmp_path, book, goods):
    """What was ended by an end mark comes to the alerts and sums that its records come to as files."""
    log = Chosen(ArchiveSource(archive_of(tmp_path, [*SILICON, END], [*TUNGSTEN, END])), goods)
    of_log = replay_log(log, book=book, settings=Settings(), series=True)
    options = ReplayOptions(as_of=AS_OF, goods=goods)
    of_files = replay_direct(
        files_of(tmp_path, *SILICON, *TUNGSTEN), book=book, settings=Settings(), options=options, series=True
    )

    assert [encode_alert(each) for each in of_files.alerts] == [encode_alert(each) for each in of_log.alerts]
    assert (of_files.series, of_files.lacks) == (of_log.series, of_log.lacks)


def test_what_moves_time_and_what_nobody_can_read_stay(tmp_path):
    """Heartbeats and end marks are of all goods; of a value that is no record nobody can tell the goods."""
    beat = Heartbeat(event_date=on(1), source="customs")
    unnamed = replace(SILICON[0], id="unnamed", product=None, hs_code="28046900")
    archive = archive_of(tmp_path, [SILICON[0], SILICON[2], beat, b"\xff", b"", unnamed, END])

    def taken(goods: Selection) -> list[bytes]:
        runs = Chosen(ArchiveSource(archive), goods).runs()
        return [each.value for run in runs for each in run.records if run.kind.name == "TRADE"]

    kept = [encode_record(beat), b"\xff", b"", encode_record(END)]
    china = [encode_record(SILICON[0]), *kept[:3], encode_record(unnamed), kept[3]]
    assert kept == taken(Selection(products=("tungsten|*",)))
    assert china == taken(Selection(origins=("CN",)))


def test_a_source_without_any_of_the_goods_is_not_waited_for(tmp_path, book):
    """Without heartbeats days are sealed by the records that are left: those of Brazil hold back nothing of China's."""
    slow = sale(0, "1.8", id="slow", origin="BR", source="brazil")
    archive = archive_of(tmp_path, [slow, sale(0, "1.5"), sale(1, "3", id="dear"), sale(60, "3", id="last")])

    def states(goods: Selection) -> set[str]:
        result = replay_log(Chosen(ArchiveSource(archive), goods), book=book, settings=Settings())
        return {str(alert.state) for alert in result.alerts if (alert.rule, alert.origin) == ("floor_breach", "CN")}

    assert ({"firing"}, {"resolved"}) == (states(Selection()), states(Selection(origins=("CN",))))


def test_sizes_are_those_of_the_segments_in_which_the_period_lies(tmp_path):
    """A bar of a part of the log counts to about what is read for it."""
    archive = archive_of(tmp_path, SILICON, [END])

    assert {0: 5, 1: 2} == ArchiveSource(archive).sizes()
    assert {0: 0, 1: 0} == ArchiveSource(archive, Period(until_ms=LOGGED_MS)).sizes()
    assert {1: 2} == ArchiveSource(archive).only([1]).sizes()
