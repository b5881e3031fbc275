"""The run folder: what a replay came to, whole or not at all, and nothing that was changed since."""

import hashlib
import json
from datetime import date

import msgspec
import pytest

from bench.feed_samples import samples
from streams.cli.feed_options import feed_options, wants_sorting
from streams.feeds.options import FeedOptions
from streams.records import PriceTick, Trade
from streams.runs.again import feed_of as feed_of_run
from streams.runs.errors import RunError
from streams.runs.manifest import code_digest
from streams.runs.reading import read_run, read_series
from streams.runs.writing import check_free, write_run
from streams.selection import Selection, SelectionError
from tests.unit.runs.run_of import AS_OF, feed_of, floors_of, run_of


@pytest.fixture
def files(tmp_path):
    """Return a feed of two origins and a floor of 2.00 that one of them is below."""
    rows = (
        ("a", "2025-01-05", "CN", 1.5),
        ("b", "2025-01-20", "CN", 2.5),
        ("c", "2025-02-05", "CN", 3),
        ("d", "2025-01-07", "BR", 3),
    )
    return [feed_of(tmp_path / "feed.csv", *rows)], [floors_of(tmp_path / "floors.toml", "2.00")]


def test_a_run_says_what_it_was_made_from(tmp_path, files):
    """Inputs and reference data with their hashes, the rule set that the alerts carry, and digests of the outputs."""
    run = run_of(tmp_path / "run", *files)
    manifest = run.manifest

    assert hashlib.sha256(files[0][0].read_bytes()).hexdigest() == manifest.inputs[0].sha256
    assert ("csv", files[0][0].stat().st_size) == (manifest.inputs[0].format, manifest.inputs[0].bytes)
    assert hashlib.sha256(files[1][0].read_bytes()).hexdigest() == manifest.floors[0].sha256
    assert {manifest.rules.digest} == {alert.rule_set for alert in run.alerts}
    assert AS_OF == manifest.options.as_of
    assert {"alerts.jsonl", "series.jsonl"} == manifest.outputs.keys()


def test_digests_are_called_what_they_are(tmp_path, files):
    """A SHA-256 has 64 digits: of files, and of the source of the program; the short ones are digests."""
    manifest = json.loads((run_of(tmp_path / "run", *files).path / "manifest.json").read_text())
    named = {}

    def walk(place, value):
        for name, part in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(part, dict | list):
                walk(f"{place}.{name}", part)
            elif "sha256" in str(name) or "digest" in str(name) or "outputs" in place:
                named[f"{place}.{name}"] = len(part)

    walk("", manifest)
    short = {".reference.0.digest": 16, ".rules.digest": 12}
    assert short == {place: length for place, length in named.items() if length != 64}
    assert {".code_sha256", ".inputs.0.sha256", ".floors.0.sha256"} < named.keys()


def test_another_line_of_source_is_another_program(tmp_path, monkeypatch):
    """Two working trees of one version are told apart, whatever git says of them."""
    for name in ("alerts", "streams"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("")
        monkeypatch.setattr(f"streams.runs.manifest.{name}.__file__", str(tmp_path / name / "__init__.py"))
    before = code_digest()
    (tmp_path / "streams" / "notes.txt").write_text("no source")
    same = code_digest()
    (tmp_path / "streams" / "market.py").write_text("x = 1\n")

    assert (before, True) == (same, before != code_digest())


def test_the_series_is_enough_to_draw_prices_against_floors(tmp_path, files):
    """A line a way and month: kilograms, value, price, floor, what landed below and its levy, in decimal text."""
    run_of(tmp_path / "run", *files)
    lines = {(line.origin, line.month): line for line in read_series(tmp_path / "run")}

    assert [("BR", "2025-01"), ("CN", "2025-01"), ("CN", "2025-02")] == list(lines)
    january = lines["CN", "2025-01"]
    assert ("2000", "4000", "2", "2") == (
        january.qty_kg,
        january.value_usd,
        january.usd_per_kg,
        january.floor_usd_per_kg,
    )
    assert ("1000", "500", 2) == (january.below_qty_kg, january.levy_usd, january.rows)
    assert january.normal_value_usd_per_kg is None


def test_the_same_replay_writes_the_same_bytes(tmp_path, files):
    """Alerts and series are a function of what was read."""
    one, other = run_of(tmp_path / "one", *files), run_of(tmp_path / "other", *files)

    assert one.manifest.outputs == other.manifest.outputs


def test_a_run_is_never_written_over(tmp_path, files):
    """Neither is a folder of something else, and what is there stays."""
    run = run_of(tmp_path / "run", *files)

    with pytest.raises(RunError, match="holds a run already"):
        check_free(tmp_path / "run")
    with pytest.raises(RunError, match="not an empty folder"):
        check_free(tmp_path)
    assert run == read_run(tmp_path / "run")


def test_a_run_that_cannot_be_written_to_its_end_leaves_nothing(tmp_path, files):
    """No folder that looks like a run, and no rest beside it."""
    manifest = run_of(tmp_path / "run", *files).manifest

    def breaking():
        yield from ()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_run(tmp_path / "broken", manifest, breaking(), ())
    assert {"feed.csv", "floors.toml", "run"} == {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        pytest.param(lambda run: (run / "alerts.jsonl").write_bytes(b""), "changed since", id="other-alerts"),
        pytest.param(lambda run: (run / "series.jsonl").unlink(), "not whole", id="a-file-less"),
        pytest.param(lambda run: (run / "manifest.json").unlink(), "no run", id="no-manifest"),
        pytest.param(lambda run: (run / "manifest.json").write_text("{}"), "cannot be read", id="another-manifest"),
        pytest.param(lambda run: (run / "manifest.json").write_text('{"v":1}'), "replay it again", id="another-form"),
    ],
)
def test_a_run_that_was_changed_is_refused(tmp_path, files, damage, words):
    """What was found and what to do."""
    run_of(tmp_path / "run", *files)
    damage(tmp_path / "run")

    with pytest.raises(RunError, match=words):
        read_run(tmp_path / "run")


def test_a_line_that_is_no_alert_is_named(tmp_path):
    """By its number."""
    path = tmp_path / "alerts.jsonl"
    path.write_text("{}\n")

    with pytest.raises(RunError, match="line 1"):
        read_run(path)


@pytest.mark.parametrize(
    ("selection", "records"),
    [
        pytest.param({}, 4, id="all"),
        pytest.param({"origins": ("CN",)}, 3, id="an-origin"),
        pytest.param({"products": ("silicon|*",), "origins": ("B?",)}, 1, id="patterns"),
        pytest.param({"products": ("tungsten|*",)}, 0, id="none"),
    ],
)
def test_a_run_takes_the_goods_that_are_selected(tmp_path, files, selection, records):
    """And says which in its manifest."""
    manifest = run_of(tmp_path / "run", *files, **selection).manifest

    assert records == manifest.summary["records"]
    assert selection.get("origins", ()) == manifest.options.origins


def test_a_price_tick_has_no_origin_and_is_wanted_for_its_product():
    """So that benchmarks stay with the goods that are judged by them."""
    tick = PriceTick(instrument="i", source="s", event_date=AS_OF, product="silicon|metal", price="2")
    trade = Trade(id="t", source="s", event_date=AS_OF, origin="BR", destination="GB", product="silicon|metal")
    of_china = Selection(products=("silicon|metal",), origins=("CN",))

    assert [True, False] == [of_china.wants(each) for each in (tick, trade)]
    assert not of_china.wants(msgspec.structs.replace(tick, product="tungsten|metal"))


@pytest.mark.parametrize("pattern", ["", " ", "CN,BR"])
def test_a_pattern_that_cannot_be_meant_is_refused(pattern):
    """Several go one by one."""
    with pytest.raises(SelectionError, match="repeat the option"):
        Selection(origins=(pattern,))


def test_what_was_declared_of_the_files_is_kept(tmp_path, files):
    """So that the run can be judged again as it was: here a file with decimal commas."""
    feed = files[0][0]
    feed.write_text(feed.read_text().replace(",1500,", ',"1500,50",'))
    run_of(tmp_path / "run", *files, feed=FeedOptions(decimal=","))
    manifest = read_run(tmp_path / "run").manifest

    assert FeedOptions(decimal=",") == manifest.options.feed
    assert ["1500.50"] == [placed.record.value for placed in feed_of_run(manifest) if placed.record.id == "a"]


def test_a_run_that_was_sorted_is_judged_again_in_that_order(tmp_path, files):
    """Its manifest says all that was declared as the command takes it, and its feed comes in order of date."""
    feed = FeedOptions(decimal=".", hs_codes=("2804", "81"), hs_edition="HS2017", flow="import", revision=2)
    other = tmp_path / "pairs"
    other.write_bytes(samples()["country-pairs"].content)
    run_of(tmp_path / "run", [*files[0], other], files[1], feed=feed, sort=True)
    manifest = read_run(tmp_path / "run").manifest
    declared = manifest.options.declared

    assert {"decimal=.", "hs=2804", "hs=81", "hs-edition=HS2017", "flow=import", "revision=2", "sort=yes"} == {
        *declared
    }
    assert (feed, True) == (feed_options(declared), wants_sorting(declared))
    assert ["a", "d", "b", "c"] == [placed.record.id for placed in feed_of_run(manifest)]


def test_what_was_not_declared_is_not_said(tmp_path, files):
    """A feed that is read as it is has nothing declared."""
    options = run_of(tmp_path / "run", *files).manifest.options

    assert ((), ()) == (options.declared, options.taken)


def test_what_was_taken_is_said_as_it_was_asked_for(tmp_path, files):
    """Days, goods and declarations in the words of the options."""
    first = date(2025, 1, 6)
    options = run_of(tmp_path / "run", *files, origins=("CN",), first_day=first, sort=True).manifest.options

    assert ("--from 2025-01-06", "--origins CN", "--declare sort=yes") == options.taken
