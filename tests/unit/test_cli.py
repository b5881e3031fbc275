"""The command line without servers: what it says, where, and how it exits."""

import json
import subprocess
import sys

import pytest

from alerts.arithmetic import Step, check
from bench.feed_samples import samples
from streams.cli.console import number_of
from tests.command_line import command

TRADES = """\
id,source,event_date,origin,destination,product,quantity,value,currency,incoterm
a,declarant,2025-01-01,CN,GB,silicon|metal,1000,1500,USD,CIF
b,declarant,2025-01-02,CN,GB,silicon|metal,1000,2200,USD,CIF
c,declarant,2025-01-03,CN,GB,silicon|metl,1000,2200,USD,CIF
"""
NOBODY = "127.0.0.1:1"
QUOTE = ("floors", "quote", "--product", "silicon|metal", "--origin", "CN", "--destination", "GB")


class Said:
    """What a command came to."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    @property
    def json(self):
        """The last line of stdout as JSON."""
        return json.loads(self.out.splitlines()[-1])


@pytest.fixture
def floorwatch(capsys):
    """Return a function that runs the command line in this process."""

    def run(*arguments):
        return Said(*command(capsys, *arguments))

    return run


@pytest.fixture
def trades(tmp_path):
    """Return a file of three declarations: one below its floor, one at it, one of an unknown product."""
    path = tmp_path / "trades.csv"
    path.write_text(TRADES)
    return path


COMMANDS = (
    *("demo", "worker", "replay", "ingest", "simulate", "explain", "conformance", "doctor", "version"),
    *("topics create", "topics describe", "alerts list", "alerts show", "alerts rebuild"),
    *("floors list", "floors check", "floors publish", "floors quote"),
    *("fx publish", "fx rate", "products list"),
    *("reference list", "reference check", "reference publish"),
    *("rules list", "rules check", "rules explain"),
    *("replay diff", "sweep", "score"),
)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_shows_how_it_is_called(floorwatch, command):
    """Help teaches: it ends well and has a line to copy."""
    said = floorwatch(*command.split(), "--help")

    assert said.status == 0
    assert f"floorwatch {command}" in " ".join(said.out.split())


def test_the_module_is_the_command():
    """``python -m streams.cli`` is what the demo starts its worker by."""
    done = subprocess.run([sys.executable, "-m", "streams.cli", "version", "--json"], capture_output=True, check=False)

    assert done.returncode == 0
    assert "python" in json.loads(done.stdout)


@pytest.mark.parametrize(
    ("price", "breach", "levy", "severity"),
    [
        pytest.param("2.1999", True, "0.0001", "info", id="just-below"),
        pytest.param("2.20", False, "0", None, id="at-the-floor"),
        pytest.param("2.2001", False, "0", None, id="just-above"),
    ],
)
def test_a_price_equal_to_the_floor_is_quoted_no_levy(floorwatch, price, breach, levy, severity):
    """The levy is the floor less the landed price, none where that is equal or higher."""
    said = floorwatch(*QUOTE, "--price", price, "--date", "2025-12-31", "--json").json

    assert (breach, levy, severity) == (said["breach"], said["levy_usd_per_unit"], said["severity"])


@pytest.mark.parametrize(
    "more",
    [
        pytest.param((), id="one-unit"),
        pytest.param(("--unit", "t", "--quantity", "3"), id="other-unit-and-quantity"),
        pytest.param(("--unit", "lb"), id="no-finite-decimal"),
        pytest.param(("--currency", "EUR"), id="other-currency"),
    ],
)
def test_every_line_of_a_quote_recomputes(floorwatch, tmp_path, more):
    """The steps are arithmetic over what stands beside them, exact to the last printed digit."""
    rates = tmp_path / "eurofxref-hist.csv"
    rates.write_text("Date,USD,GBP,JPY,\n2025-12-31,1.1750,0.8726,184.09,\n")
    said = floorwatch(*QUOTE, "--price", "1.52", "--date", "2025-12-31", "--fx", rates, "--json", *more).json

    assert [] == check(Step(**step) for step in said["steps"])
    assert "signal, not a determination" == said["notice"]


def test_a_quote_in_another_unit_is_the_same_quote(floorwatch):
    """1520 USD/t is 1.52 USD/kg: same gap, same levy on the floor's own basis."""
    by_kg = floorwatch(*QUOTE, "--price", "1.52", "--date", "2025-12-31", "--json").json
    by_tonne = floorwatch(*QUOTE, "--price", "1520", "--unit", "t", "--date", "2025-12-31", "--json").json

    assert by_kg["on_floor_basis"] == by_tonne["on_floor_basis"]
    assert "30.909091" == by_kg["gap_pct"] == by_tonne["gap_pct"]


def test_a_quote_without_destination_stands_for_the_only_zone(floorwatch):
    """Where one zone keeps a floor there is nothing to choose; it is said which member was taken."""
    arguments = ("floors", "quote", "--product", "silicon|metal", "--origin", "CN", "--price", "1.52")
    said = floorwatch(*arguments, "--date", "2025-12-31", "--json")

    assert "forge" == said.json["zone"]
    assert "no destination given" in said.err


@pytest.mark.parametrize(
    ("arguments", "reason", "words"),
    [
        pytest.param(("--date", "2023-06-30"), "floor_missing", "no floor", id="before-the-floor"),
        pytest.param(("--date", "2025-12-31", "--currency", "EUR"), "fx_rate_missing", "EUR", id="no-rate"),
        pytest.param(("--date", "2025-12-31", "--incoterm", "XYZ"), "unknown_incoterm", "XYZ", id="no-incoterm"),
        pytest.param(("--date", "2025-12-31", "--unit", "stone"), "unknown_unit", "stone", id="no-unit"),
    ],
)
def test_what_a_quote_lacks_is_named(floorwatch, arguments, reason, words):
    """A missing floor or rate is said, on stderr and in the JSON, and never filled in."""
    said = floorwatch(*QUOTE, "--price", "1.52", "--json", *arguments)

    assert (1, reason) == (said.status, said.json["outcome"])
    assert words in said.err
    assert said.err.startswith("error: ")


@pytest.mark.parametrize("price", ["x", "nan", "1e300", "-1", "0", "1,5"])
def test_a_price_that_is_none_is_refused(floorwatch, price):
    """No traceback and no quote."""
    said = floorwatch(*QUOTE, "--price", price, "--date", "2025-12-31")

    assert said.status == 1
    assert said.err.startswith("error: ")


def test_a_direct_replay_writes_alerts_that_can_be_explained(floorwatch, trades, tmp_path):
    """The file of final alerts is sorted by id, and its arithmetic recomputes."""
    alerts = tmp_path / "alerts.jsonl"
    said = floorwatch("replay", trades, "--direct", "--out", alerts, "--json")
    found = [json.loads(line) for line in alerts.read_text().splitlines()]

    assert (0, 3, {"unknown_product": 1}) == (said.status, said.json["records"], said.json["dead_letters"])
    assert sorted(alert["id"] for alert in found) == [alert["id"] for alert in found]
    assert "floor_breach" in [alert["rule"] for alert in found]
    for alert in found:
        assert floorwatch("explain", alert["id"][:12], "--file", alerts, "--json").json["holds"]


def test_an_alert_that_was_tampered_with_does_not_hold(floorwatch, trades, tmp_path):
    """Explain recomputes what is printed, and exits 1 where it does not come to that."""
    alerts = tmp_path / "alerts.jsonl"
    floorwatch("replay", trades, "--direct", "--out", alerts)
    alert = next(
        each for each in map(json.loads, alerts.read_text().splitlines()) if each["evidence"].get("arithmetic")
    )
    alert["evidence"]["arithmetic"][0]["result"] = "9.99"
    alerts.write_text(json.dumps(alert) + "\n")

    said = floorwatch("explain", alert["id"], "--file", alerts)

    assert said.status == 1
    assert "NOT SO" in said.out


def test_a_replay_of_some_days_leaves_the_others_out(floorwatch, trades):
    """Both ends are included."""
    said = floorwatch("replay", trades, "--direct", "--from", "2025-01-01", "--to", "2025-01-02", "--json")

    assert 2 == said.json["records"]


def test_a_look_at_a_file_names_each_refused_row(floorwatch, trades):
    """Nothing is sent; the line and what to do are said; exit 1 because something was found."""
    said = floorwatch("ingest", trades, "--explain", "--json")

    assert (1, {"unknown_product": 1}) == (said.status, said.json[0]["refused"])
    assert 4 == said.json[0]["first_refused"][0]["line"]
    assert {"column": "origin", "read_as": "origin"} in said.json[0]["columns"]


def test_a_look_at_a_file_counts_each_row_once(floorwatch, tmp_path):
    """As read, refused or passed over: together they are the rows of the file."""
    header = b"MonthId,FlowTypeId,CommodityId,CountryId,PortId,Value,NetMass\n"
    rows = [b"3,28046900,720,7,30320,20000", b"3,28046900,720,7,9,0", b"2,28046900,001,7,60,15", b"3,-1,720,7,1,1"]
    path = tmp_path / "feed"
    path.write_bytes(header + b"".join(b"202512," + row + b"\n" for row in rows))
    declared = ("--declare", "only=import")
    [found] = floorwatch("ingest", path, "--explain", "--json", *declared).json
    said = floorwatch("ingest", path, "--explain", *declared)

    assert ({"trades": 1}, 1, 2) == (
        found["records"],
        sum(found["refused"].values()),
        sum(found["skipped"].values()),
    )
    assert "hmrc-ots, 1 trade, 1 refused, 2 passed over" in said.out


def test_a_look_at_a_file_takes_the_days_that_are_asked_for(floorwatch, trades):
    """The others are passed over, as sending leaves them out."""
    [found] = floorwatch("ingest", trades, "--explain", "--from", "2025-01-02", "--to", "2025-01-02", "--json").json

    assert ({"trades": 1}, {"days not asked for": 2}) == (found["records"], found["skipped"])


def test_a_look_at_a_file_refuses_a_date_to_come(floorwatch, tmp_path):
    """As sending does."""
    path = tmp_path / "feed.csv"
    path.write_text(TRADES.replace("2025-01-02", "2199-01-02"))
    [found] = floorwatch("ingest", path, "--explain", "--json").json

    assert {"future_date": 1, "unknown_product": 1} == found["refused"]
    assert "correct the date" in found["first_refused"][0]["detail"]


def test_a_look_at_files_goes_on_past_one_that_cannot_be_read(floorwatch, trades, tmp_path):
    """The error is said in its place, the others are shown."""
    absent = tmp_path / "absent.csv"
    said = floorwatch("ingest", trades, absent, trades, "--explain")

    assert (1, 2) == (said.status, said.out.count("csv, 2 trades, 1 refused"))
    assert f"error: {absent} cannot be read" in said.err


def test_a_look_at_a_file_says_what_would_wait_and_what_is_out_of_order(floorwatch, tmp_path):
    """Trades without an incoterm are no refusal, and would not be judged either."""
    rows = [f"t{day},s,2025-01-0{day},CN,GB,silicon|metal,1,2,USD\n" for day in (3, 1)]
    path = tmp_path / "feed"
    path.write_text("id,source,event_date,origin,destination,product,quantity,value,currency\n" + "".join(rows))
    said = floorwatch("ingest", path, "--explain")

    assert 0 == said.status
    assert "nothing is refused, but would wait: 2 basis_unknown" in said.out
    assert "2 records would wait: basis_unknown, no incoterm is declared" in said.out
    assert "1 record is dated before one above: --declare sort=yes" in said.out


@pytest.mark.parametrize("name", samples())
def test_a_look_at_a_file_says_how_each_column_is_read(floorwatch, tmp_path, name):
    """Of whatever format: what a column is read as, or that it is not; nothing is refused in a sound sample."""
    sample = samples()[name]
    path = tmp_path / "feed"
    path.write_bytes(sample.content)
    declared = ["--declare", f"flow={sample.flow}"] if sample.flow else []
    said = floorwatch("ingest", path, *declared, "--explain", "--json")
    [found] = said.json
    meanings = [each["read_as"] for each in found["columns"]]

    assert (0, sample.format, {}) == (said.status, found["format"], found["refused"])
    assert sample.rows == sum(found["records"].values()) + sum(found["skipped"].values())
    assert 2 <= sum(meaning != "not read" for meaning in meanings)
    assert all(meanings)


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        pytest.param("flow=transit", "flow must be one of import, export", id="value"),
        pytest.param("only=both", "only must be one of import, export", id="side"),
        pytest.param("hs=abc", "hs must be the digits that commodity codes begin with", id="codes"),
        pytest.param("flows=export", "declares nothing", id="name"),
        pytest.param("export", "declares nothing", id="no-value"),
        pytest.param("revision=two", "is no number", id="number"),
        pytest.param("sort=maybe", "declares nothing", id="sort"),
    ],
)
def test_a_declaration_that_is_none_is_one_error(floorwatch, trades, declared, words):
    """What may be declared is said."""
    said = floorwatch("ingest", trades, "--explain", "--declare", declared)

    assert said.status != 0
    assert words in " ".join(said.err.replace("│", " ").split())
    assert "Traceback" not in said.err


@pytest.mark.parametrize("declared", ["flow=export", "hs=2804", "member=feed", "hs-edition=HS2017", "revision=2"])
@pytest.mark.parametrize("command", [("ingest", "--explain"), ("replay", "--direct"), ("replay", "--direct", "twice")])
def test_a_declaration_of_no_use_is_an_error(floorwatch, trades, command, declared):
    """Taken in silence it would pass for heeded, whichever way the file is read."""
    name, how, *twice = command
    said = floorwatch(name, trades, *[trades for _ in twice], how, "--declare", declared)

    assert 1 == said.status
    assert f"--declare {declared}: " in said.err
    assert "use for it" in said.err


def test_a_declaration_that_one_of_the_files_needs_is_none_of_no_use(floorwatch, trades, tmp_path):
    """They are declared for all, and the others are read as they are."""
    path = tmp_path / "feed"
    path.write_bytes(samples()["country-pairs"].content)
    declared = ("--declare", "flow=export")

    assert 0 == floorwatch("replay", path, trades, "--direct", *declared).status
    assert (
        "this file has no use for --declare flow=export"
        in floorwatch("ingest", path, trades, "--explain", *declared).out
    )


def test_a_replay_reads_what_has_to_be_declared(floorwatch, tmp_path):
    """The side that declared a table's goods, the codes that are wanted, the order."""
    path = tmp_path / "feed"
    path.write_bytes(samples()["country-pairs"].content)
    asked = floorwatch("replay", path, "--direct", "--json")
    options = ["--declare", "flow=export", "--declare", "hs=3801", "--declare", "sort=yes"]
    said = floorwatch("replay", path, "--direct", *options, "--json")

    assert (1, True) == (asked.status, "--declare flow=import or --declare flow=export" in asked.err)
    assert (0, 1) == (said.status, said.json["records"])


@pytest.mark.parametrize(
    ("declared", "records"),
    [
        pytest.param([], 2, id="both"),
        pytest.param(["--declare", "only=import"], 1, id="imports"),
        pytest.param(["--declare", "only=export"], 1, id="exports"),
    ],
)
def test_a_replay_reads_both_sides_or_the_one_asked_for(floorwatch, tmp_path, declared, records):
    """Of customs statistics that hold both."""
    path = tmp_path / "feed"
    path.write_bytes(samples()["customs-flows"].content)
    said = floorwatch("replay", path, "--direct", *declared, "--json")

    assert (0, records) == (said.status, said.json["records"])


def test_a_replay_says_what_is_out_of_order(floorwatch, tmp_path):
    """Until the file is put in order first."""
    rows = [f"t{day},s,2025-01-0{day},CN,GB,silicon|metal,1,2,USD\n" for day in (3, 1, 2)]
    path = tmp_path / "feed"
    path.write_text("id,source,event_date,origin,destination,product,quantity,value,currency\n" + "".join(rows))

    assert {str(path): 2} == floorwatch("replay", path, "--direct", "--json").json["out_of_order"]
    assert {} == floorwatch("replay", path, "--direct", "--declare", "sort=yes", "--json").json["out_of_order"]
    assert "dated before one above them" in floorwatch("replay", path, "--direct").out


def test_a_look_at_a_file_is_a_table_for_people(floorwatch, tmp_path):
    """Columns that are not read are named, and what is refused is counted by reason."""
    path = tmp_path / "feed"
    path.write_bytes(samples()["comext-bulk"].content.replace(b",20000,0\n", b",0,0\n", 1))
    said = floorwatch("ingest", path, "--explain")

    assert 1 == said.status
    assert "net mass, kg" in said.out
    assert "columns not read: PRODUCT_SITC" in said.out
    assert "goods whose commodity code is kept confidential" in said.out
    assert "quantity_not_positive" in said.out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(None, "no such file", id="absent"),
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"to whom it may concern\n", "none of the known formats", id="no-format"),
        pytest.param(b"id,source,event_date,origin\na,b,2025-01-01,CN\n", "destination", id="missing-column"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_error(floorwatch, tmp_path, content, words):
    """What was found and the file's name, on stderr, exit 1."""
    path = tmp_path / "feed.csv"
    if content is not None:
        path.write_bytes(content)
    said = floorwatch("replay", path, "--direct")

    assert said.status == 1
    assert words in said.err.lower()
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 entries"), (1, "1 entry"), (2, "2 entries"), (1000, "1,000 entries")]
)
def test_a_count_goes_with_its_word(count, words):
    """One alone is one."""
    assert words == number_of(count, "entry", "entries")


def test_a_file_without_rates_is_no_rates(floorwatch, trades):
    """Otherwise what waits for a rate would wait for good, and nobody would know why."""
    said = floorwatch("replay", trades, "--direct", "--fx", trades)

    assert 1 == said.status
    assert f"{trades} holds no exchange rates: give the ECB's eurofxref-hist file" in said.err


def test_rates_in_the_place_of_a_feed_are_told(floorwatch, tmp_path):
    """Where they belong is said."""
    path = tmp_path / "feed"
    path.write_bytes(samples()["ecb"].content)
    said = floorwatch("replay", path, "--direct")

    assert 1 == said.status
    assert f"{path} holds exchange rates, no records: give it as --fx" in said.err


def test_all_errors_of_a_schedule_are_said_at_once(floorwatch, tmp_path):
    """With their lines, so that a file is corrected in one go."""
    path = tmp_path / "floors.toml"
    path.write_text('[[floor]]\nfloor_id = "a"\nvalue = "x"\n\n[[zone]]\nzone_id = "z"\nmembers = ["ZZZ"]\n')
    said = floorwatch("floors", "check", "eu-2025-2351", path, "--json")

    assert said.status == 1
    assert [] == said.json[0]["errors"]
    assert len(said.json[1]["errors"]) > 1
    assert all(error["line"] >= 1 for error in said.json[1]["errors"])


VALUES = """
[[reference-value]]
role = "domestic_price"
product = "silicon|metal"
country = "GB"
value = 2.5
currency = "USD"
unit = "kg"
valid_from = 2025-03-01
valid_to = 2025-04-01
publisher = "bureau"

[[capacity]]
role = "production"
product = "silicon|metal"
country = "CN"
quantity = 1000
valid_from = 2025-01-01
publisher = "survey"

[[measure]]
measure_id = "duty"
kind = "tariff"
products = ["silicon|metal", "ferro-silicon|alloy"]
destinations = ["GB"]
announced_at = 2024-06-01
effective_from = 2024-12-01
"""


@pytest.fixture
def values(tmp_path):
    """Return a file of a price, a production and a tariff."""
    path = tmp_path / "values.toml"
    path.write_text(VALUES)
    return path


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        pytest.param((), ["reference-value", "capacity", "measure"], id="all"),
        pytest.param(("--date", "2025-03-31"), ["reference-value", "capacity", "measure"], id="the-last-day-of-one"),
        pytest.param(("--date", "2025-04-01"), ["capacity", "measure"], id="the-day-after-it"),
        pytest.param(("--product", "ferro-silicon|alloy"), ["measure"], id="of-a-product"),
    ],
)
def test_reference_data_is_listed_by_day_and_product(floorwatch, values, options, kinds):
    """As entries for a machine, as lines for a reader."""
    assert kinds == [entry["type"] for entry in floorwatch("reference", "list", values, *options, "--json").json]
    said = floorwatch("reference", "list", values, *options)
    assert said.status == 0
    assert ("2.5 USD/kg" in said.out) is ("reference-value" in kinds)
    assert ("all to GB" in said.out) is ("measure" in kinds)


def test_the_shipped_reference_data_is_listed_where_no_file_is_named(floorwatch):
    """The quotas of the Union among it, their figures not known."""
    said = floorwatch("reference", "list", "--product", "ferro-silicon|alloy")

    assert said.status == 0
    assert "unknown" in said.out


def test_floors_check_takes_all_reference_data(floorwatch, values):
    """One file may hold both, and either command checks it."""
    said = [floorwatch(group, "check", values, "--json").json for group in ("floors", "reference")]

    assert [[{"file": str(values), "entries": 3, "errors": []}]] * 2 == said


def test_a_replay_takes_all_reference_data(floorwatch, trades, values):
    """Beside the floors, by the same option."""
    said = floorwatch("replay", trades, "--direct", "--floors", "forge-illustrative", "--floors", values, "--json")

    assert said.status == 0
    assert "floor_breach" in said.out


@pytest.mark.parametrize("group", ["floors", "reference"])
def test_a_schedule_with_an_error_is_not_published(floorwatch, tmp_path, group):
    """Nothing is sent, nor is a broker needed to find that out."""
    path = tmp_path / "floors.toml"
    path.write_text('[[floor]]\nfloor_id = "a"\n')
    said = floorwatch(group, "publish", path, "--kafka", NOBODY)

    assert said.status == 1
    assert "line 1" in said.err


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("replay", "FILE"), id="neither-direct-nor-kafka"),
        pytest.param(("replay", "FILE", "--direct", "--kafka", NOBODY), id="both"),
        pytest.param(("replay", "FILE", "--direct", "--speed", "60"), id="speed-without-kafka"),
        pytest.param(("replay", "FILE", "--kafka", NOBODY, "--speed", "fast"), id="no-speed"),
        pytest.param(("replay", "FILE", "--kafka", NOBODY, "--floors", "eu-2025-2351"), id="floors-of-workers"),
        pytest.param((*QUOTE, "--price", "1"), id="no-date"),
        pytest.param((*QUOTE, "--price", "1", "--date", "31.12.2025"), id="no-day"),
        pytest.param(("floors", "list", "--floors", "absent.toml"), id="no-schedule"),
        pytest.param(("dance",), id="no-command"),
    ],
)
def test_what_is_not_understood_exits_two(floorwatch, trades, arguments):
    """Usage errors are told apart from failures."""
    said = floorwatch(*(trades if each == "FILE" else each for each in arguments))

    assert said.status == 2


def test_a_misspelt_setting_is_refused(floorwatch, monkeypatch):
    """A setting that is not known is a setting not made: exit 2, naming those there are."""
    monkeypatch.setenv("FLOORWATCH_KAFAK", NOBODY)
    said = floorwatch("topics", "describe")

    assert said.status == 2
    assert "FLOORWATCH_KAFKA" in said.err


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("worker", "--kafka", NOBODY, "--patience", "0.6"), id="worker"),
        pytest.param(("topics", "create", "--kafka", NOBODY, "--patience", "0.6"), id="topics"),
        pytest.param(("replay", "FILE", "--kafka", NOBODY, "--patience", "0.6"), id="replay"),
        pytest.param(("floors", "list", "--kafka", NOBODY, "--patience", "0.6"), id="floors"),
        pytest.param(("alerts", "rebuild", "--kafka", NOBODY, "--patience", "0.6"), id="rebuild"),
    ],
)
def test_a_broker_that_stays_away_is_waited_for_then_told(floorwatch, trades, arguments):
    """Each try is told, then one error says what to do; exit 1."""
    said = floorwatch(*(trades if each == "FILE" else each for each in arguments))

    assert said.status == 1
    assert "trying again" in said.err
    assert "error: no Kafka broker at 127.0.0.1:1" in said.err


def test_a_redis_that_is_away_is_one_error(floorwatch):
    """Where it was looked for and what to check."""
    said = floorwatch("alerts", "list", "--redis", f"redis://{NOBODY}/0")

    assert said.status == 1
    assert "redis://127.0.0.1:1/0" in said.err


def test_the_doctor_says_what_to_do(floorwatch):
    """Each failed check has advice; failures make the exit status."""
    said = floorwatch("doctor", "--kafka", NOBODY, "--redis", f"redis://{NOBODY}/0", "--json")
    found = {each["check"]: each for each in said.json}

    assert said.status == 1
    assert ("fail", "fail") == (found["kafka"]["status"], found["redis"]["status"])
    assert found["kafka"]["advice"]
    assert "ok" == found["python"]["status"]


def test_a_rate_is_told_with_its_publication_day(floorwatch, tmp_path):
    """A Sunday takes Friday's rate and says so; a day out of reach is an error."""
    rates = tmp_path / "eurofxref-hist.csv"
    rates.write_text("Date,USD,GBP,JPY,\n2025-03-28,1.0797,0.8358,162.9,\n")
    sunday = floorwatch("fx", "rate", "EUR", "--date", "2025-03-30", "--fx", rates, "--json")
    april = floorwatch("fx", "rate", "EUR", "--date", "2025-04-30", "--fx", rates)

    assert ("1.0797", "2025-03-28", "ECB") == tuple(sunday.json[name] for name in ("rate", "rate_date", "publisher"))
    assert april.status == 1
