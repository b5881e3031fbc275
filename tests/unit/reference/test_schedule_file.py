"""Schedule files, read by the whole or refused with all that is wrong."""

import contextlib
import json
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.reference.book import ReferenceBook
from streams.reference.capacities import CapacityRole
from streams.reference.catalogue import load_catalogue
from streams.reference.floors import Floor, FloorBook, FloorQuery, FloorStatus, HsCode, ResolutionKind, Scope
from streams.reference.measures import MeasureKind
from streams.reference.quotas import Quota
from streams.reference.schedule_file import SHIPPED, ScheduleErrors, load_shipped, read_schedule
from streams.reference.stoichiometry import equivalent
from streams.reference.values import Role
from streams.reference.zones import Zone

FLOOR = {
    "floor_id": "si",
    "status": "in_force",
    "instrument": "variable_levy",
    "zone_id": "zone",
    "mineral": "silicon",
    "stage": "metal",
    "value": "2.20",
    "currency": "USD",
    "unit": "kg",
    "effective_from": "2024-01-01",
    "announced_at": "2023-12-01",
}
TOML_FLOOR = """
[[floor]]
floor_id = "si"
status = "in_force"
instrument = "variable_levy"
zone_id = "zone"
mineral = "silicon"
stage = "metal"
value = 2.20
currency = "USD"
unit = "kg"
effective_from = 2024-01-01
announced_at = 2023-12-01
"""


def as_csv(*rows, delimiter=",", newline="\n"):
    """Return rows of cells as CSV under the header of their names."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, *([row.get(name, "") for name in names] for row in rows)]
    return newline.join(delimiter.join(line) for line in lines) + newline


def errors(text, name="floors.toml"):
    """Return what is wrong with a file, line by line."""
    with pytest.raises(ScheduleErrors) as refused:
        read_schedule(text, name)
    return [(error.line, error.message) for error in refused.value.errors]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param(TOML_FLOOR, "floors.toml", id="toml"),
        pytest.param(json.dumps({"floor": [FLOOR]}), "floors.json", id="json-by-kind"),
        pytest.param(json.dumps([{"type": "floor", **FLOOR}]), "floors.json", id="json-list"),
        pytest.param(json.dumps([{"type": "floor", **FLOOR}]).replace('"2.20"', "2.20"), "f.json", id="json-number"),
        pytest.param(json.dumps({"type": "floor", **FLOOR}) + "\n\n", "floors.jsonl", id="json-lines"),
        pytest.param(as_csv(FLOOR), "floors.csv", id="csv"),
        pytest.param(as_csv(FLOOR, delimiter=";", newline="\r\n"), "floors.CSV", id="csv-semicolons-crlf"),
        pytest.param("\ufeff" + as_csv(FLOOR), "floors.csv", id="csv-byte-order-mark"),
        pytest.param("\ufeff" + TOML_FLOOR.replace("\n", "\r\n"), "floors.toml", id="toml-byte-order-mark-crlf"),
    ],
)
def test_a_floor_is_the_same_in_every_form(text, name):
    """The digits of a number are kept as they are written."""
    (entry,) = read_schedule(text, name)
    assert isinstance(entry, Floor)
    assert (entry.value, entry.effective_from, entry.status) == ("2.20", date(2024, 1, 1), FloorStatus.IN_FORCE)


DATA = """
[[reference-value]]
role = "normal_value"
method = "price_proxy"
product = "silicon|metal"
country = "CN"
value = 11300.50
currency = "CNY"
unit = "t"
vat_pct = 13
rebate_pct = 0
valid_from = 2025-03-01
publisher = "exchange"

[[capacity]]
role = "production"
product = "tungsten|concentrate"
country = "CN"
quantity = "unknown"
valid_from = 2024-01-01
publisher = "survey"

[[measure]]
measure_id = "m"
kind = "anti_dumping"
products = ["silicon|metal"]
origins = ["CN"]
destinations = ["GB"]
announced_at = 2024-06-01
effective_from = 2024-12-01
rate_pct = 12.5
"""


def test_values_capacities_and_measures_stand_beside_floors():
    """With their figures as written, or as not known."""
    floor, value, capacity, measure = read_schedule(TOML_FLOOR + DATA, "f.toml")
    assert isinstance(floor, Floor)
    assert (value.role, value.value, value.vat_pct, value.rebate_pct) == (Role.NORMAL_VALUE, "11300.50", "13", "0")
    assert (capacity.role, capacity.quantity, capacity.unit) == (CapacityRole.PRODUCTION, None, "t")
    assert (measure.kind, measure.origins, measure.rate_pct) == (MeasureKind.ANTI_DUMPING, ("CN",), "12.5")


def test_the_examples_of_the_page_on_reference_data_are_read():
    """Whoever copies them starts from what works."""
    page = Path(__file__).parents[3].joinpath("docs", "reference-data.md").read_text(encoding="utf-8")
    examples = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert len(read_schedule("\n".join(examples), "page.toml")) == 3


def test_everything_wrong_with_values_capacities_and_measures_is_said_at_once():
    """Kinds, figures, what is missing and what does not fit together, each with its line."""
    text = DATA.replace("11300.50", '"1,5"').replace("rebate_pct = 0\n", "").replace('quantity = "unknown"\n', "")
    text = text.replace('"production"', '"made"').replace('["GB"]', '["uk"]').replace('"anti_dumping"', '"dumping"')
    found = dict(errors(text + "rate = 3\n"))
    assert sorted(found) == [2, 7, 14, 15, 23, 26, 30]
    assert found[7].startswith("value: '1,5' has a comma")
    assert found[2].startswith("rebate_pct: is needed where vat_pct is given")
    assert found[14] == "capacity without quantity"
    assert found[15] == "role: expected one of production, capacity, found 'made'"
    assert found[23].startswith("kind: expected one of anti_dumping,")
    assert found[26] == "destinations: expected two capital letters such as CN, found 'uk'"
    assert found[30] == "unknown key 'rate'; did you mean rate_pct?"


def test_an_entry_given_twice_is_refused_whatever_its_kind():
    """The second would silently replace the first."""
    ((line, message), *others) = errors(DATA + DATA)
    assert (line, message) == (
        *(33, "reference-value/normal_value/silicon|metal/CN/exchange/2025-03-01/* is given twice, first on line 2"),
    )
    assert len(others) == 2


def test_a_csv_row_says_what_kind_it_is():
    """A floor where it says nothing; lists are separated by blanks."""
    rows = (
        {"type": "reference-value", "role": "unit_cost", "product": "silicon|metal", "country": "NO", "value": "1.9"},
        {
            "type": "measure",
            "kind": "tariff",
            "products": "silicon|metal x|y",
            "destinations": "GB NO",
            "origins": "CN",
        },
    )
    value, measure = read_schedule(
        as_csv(
            {**rows[0], "currency": "USD", "unit": "kg", "valid_from": "2025-01-01", "publisher": "us"},
            {**rows[1], "measure_id": "m", "announced_at": "2025-01-01", "effective_from": "2025-02-01"},
        ),
        "f.csv",
    )
    assert (value.role, value.value) == (Role.UNIT_COST, "1.9")
    assert (measure.products, measure.destinations, measure.origins) == (
        *(("silicon|metal", "x|y"), ("GB", "NO"), ("CN",)),
    )


def test_defaults_are_shared_by_all_floors_and_yield_to_their_own():
    """What a schedule has in common is written once."""
    shared = TOML_FLOOR.replace("[[floor]]", "[defaults]").replace('floor_id = "si"\n', "")
    entries = read_schedule(shared + '[[floor]]\nfloor_id = "a"\n[[floor]]\nfloor_id = "b"\nstage = "ore"\n', "f.toml")
    assert [(entry.floor_id, entry.stage) for entry in entries] == [("a", "metal"), ("b", "ore")]


def test_short_forms_are_written_out():
    """Codes, members and a scope as plain text."""
    text = TOML_FLOOR + 'hs_codes = ["280469"]\napplies_to = "non_members"\n[[zone]]\nzone_id = "z"\nmembers = ["GB"]\n'
    floor, zone = read_schedule(text, "f.toml")
    assert (floor.hs_codes, floor.applies_to.scope) == ((HsCode(code="280469"),), Scope.NON_MEMBERS)
    assert zone.has("GB", date(2025, 1, 1))


def test_a_csv_cell_can_hold_a_list():
    """Codes, origins and bands, separated by blanks."""
    row = {**FLOOR, "hs_codes": "280469 280461", "origins": "CN RU", "applies_to": "origins"}
    (floor,) = read_schedule(as_csv({**row, "graduated_table": "10:30 40:50", "tax_inclusive": "false"}), "f.csv")
    assert floor.applies_to.origins == ("CN", "RU")
    assert [code.code for code in floor.hs_codes] == ["280469", "280461"]
    assert [(band.above_pct, band.rate_pct) for band in floor.graduated_table] == [("10", "30"), ("40", "50")]


def test_a_floor_without_a_figure_says_that_it_is_suspended():
    """A forgotten value is an error, not a suspension."""
    (floor,) = read_schedule(TOML_FLOOR.replace("2.20", '"suspended"'), "f.toml")
    assert floor.suspended
    assert errors(TOML_FLOOR.replace("value = 2.20\n", "")) == [(2, "floor without value")]
    assert errors(as_csv({**FLOOR, "value": ""}), "f.csv") == [(2, "floor without value")]


def test_everything_wrong_with_a_toml_file_is_said_at_once():
    """Bad lines, unknown keys and tables, types, figures: each with its line."""
    text = "\n".join(  # noqa: FLY002 - numbered by eye
        [
            "[defaults]",  # 1
            'statuss = "in_force"',  # 2
            "[[floor]]",  # 3
            "value = 2,408",  # 4
            'valu = "3"',  # 5
            'status = "in_forc"',  # 6
            "effective_from = 2024-13-01",  # 7
            "[[floor]]",  # 8
            "= 4",  # 9
            "value = 1e3",  # 10
            'currency = "usd"',  # 11
            "tax_inclusive = 1",  # 12
            "[[flor]]",  # 13
            "x = 1",  # 14
            "[[floor",  # 15
            "[[zone]]",  # 16
            'zone_id = "z"',  # 17
        ]
    )
    found = errors(text)
    assert [line for line, _ in found] == [2, 4, 5, 6, 7, 9, 10, 11, 12, 13, 15, 16]
    messages = dict(found)
    assert messages[2] == "unknown key 'statuss'; did you mean status?"
    assert "2,408" in messages[4]
    assert messages[6].startswith("status: expected one of proposed, in_force")
    assert messages[10] == "value: '1e3' is not a plain decimal number such as 1184.50"
    assert messages[13].startswith("unknown entry 'flor'; known are floor, zone")
    assert messages[16] == "zone without members"


def test_the_message_names_the_file_and_every_line():
    """For whoever sees it on a terminal."""
    with pytest.raises(ScheduleErrors, match=r"^f.toml: 2 errors\nf.toml, line 2: .*\nf.toml, line 9: "):
        read_schedule(TOML_FLOOR.replace('"si"', "''").replace("USD", "usd").replace("\n[[", "[["), "f.toml")


@pytest.mark.parametrize(
    ("text", "name", "line", "complaint"),
    [
        pytest.param("", "f.toml", 1, "the file is empty", id="empty"),
        pytest.param(" \n ", "f.csv", 1, "the file is empty", id="blank"),
        pytest.param("# nothing yet\n", "f.toml", 1, "there is no entry in the file", id="no-entry"),
        pytest.param("x", "f.xlsx", 1, "f.xlsx ends in none of .toml, .json, .jsonl, .csv", id="another-form"),
        pytest.param('[\n{"type":"zone"', "f.json", 2, "Expecting ',' delimiter", id="json-truncated"),
        pytest.param('[{"type":"zone"}\n,\n3]', "f.json", 3, "expected an entry in braces", id="json-number"),
        pytest.param(
            '{"zone": [{"zone_id": "a",\n"zone_id": "b"}]}',
            "f.json",
            1,
            "'zone_id' is given twice",
            id="json-key-twice",
        ),
        pytest.param("[] 3", "f.json", 1, "expected nothing more", id="json-rest"),
        pytest.param("3", "f.json", 1, "expected a list or an object of entries", id="json-no-list"),
        pytest.param('{"a": 1}\n{bad', "f.jsonl", 2, "Expecting property name enclosed in double quotes", id="jsonl"),
        pytest.param("floor_id,floor_id\na,b\n", "f.csv", 1, "column 'floor_id' is given twice", id="csv-column-twice"),
        pytest.param("floor_id,value\na\n", "f.csv", 2, "expected 2 cells as in the header, found 1", id="csv-cells"),
        pytest.param('floor_id,"value', "f.csv", 1, "unexpected end of data", id="csv-open-quote-in-the-header"),
        pytest.param('[{"type":"zone","zone_id":"\\ud800","members":[]}]', "f.json", 1, "surrogates", id="no-text"),
        pytest.param('floor_id,value\na,"1\n', "f.csv", 2, "unexpected end of data", id="csv-open-quote"),
        pytest.param("a = '''\n[[floor]]\n", "f.toml", 3, "Expected \"'''\"", id="toml-open-string"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(text, name, line, complaint):
    """The line and what was expected there."""
    assert any(found[0] == line and complaint in found[1] for found in errors(text, name))


def test_lines_are_those_of_the_file_in_json_too():
    """Of the key that is wrong."""
    text = json.dumps([{"type": "floor", **FLOOR, "valu": "1", "currency": "usd"}], indent=1)
    lines = {message.split(" ")[0]: line for line, message in errors(text, "f.json")}
    assert lines == {"unknown": 15, "currency:": 11}


def test_a_decimal_comma_is_not_guessed_at():
    """2,408 may be two and a bit or two thousand."""
    text = as_csv({**FLOOR, "value": "2,408"}, delimiter=";")
    assert errors(text, "f.csv") == [(2, "value: '2,408' has a comma: write a decimal point and no group separators")]


@pytest.mark.parametrize("suffix", ["toml", "json", "jsonl", "csv"])
@given(text=st.text(alphabet=st.characters(codec=None, max_codepoint=0xE000), max_size=60))
def test_any_text_is_taken_or_refused_and_never_breaks_the_reader(suffix, text):
    """Whatever somebody saved under the name of a schedule."""
    with contextlib.suppress(ScheduleErrors):
        assert read_schedule(text, f"f.{suffix}")


@pytest.mark.parametrize(
    ("changes", "clash"),
    [
        pytest.param({}, True, id="alike"),
        pytest.param({"value": "3"}, True, id="another-value"),
        pytest.param({"applies_to": "non_members"}, True, id="non-members-are-some-of-all"),
        pytest.param({"effective_to": "2024-01-02"}, True, id="one-day-in-common"),
        pytest.param({"stage": "ore"}, False, id="another-product"),
        pytest.param({"zone_id": "other"}, False, id="another-zone"),
        pytest.param({"hs_codes": ["280469"]}, False, id="more-specific-by-code"),
        pytest.param({"grade_min_pct": "98"}, False, id="more-specific-by-grade"),
        pytest.param({"applies_to": {"scope": "origins", "origins": ["CN"]}}, False, id="more-specific-by-origin"),
        pytest.param({"status": "illustrative"}, False, id="of-less-authority"),
        pytest.param({"status": "proposed"}, False, id="a-proposal"),
        pytest.param({"effective_from": "2023-01-01", "effective_to": "2024-01-01"}, False, id="before"),
    ],
)
def test_floors_that_nothing_could_choose_between_are_refused(changes, clash):
    """Same zone, product, authority and specificity, and a day in common."""
    other = {**FLOOR, "floor_id": "other", **changes}
    text = json.dumps({"floor": [FLOOR, other]}, indent=0)
    if not clash:
        assert len(read_schedule(text, "f.json")) == 2
    else:
        ((line, message),) = errors(text, "f.json")
        assert line == 16
        assert "other@1 and si@1 are equally specific for silicon|metal in zone" in message
        assert message.endswith("(line 3)")


def test_a_version_that_takes_over_does_not_overlap():
    """Neither with its own past nor with another floor that begins when it ends."""
    floors = [
        FLOOR,
        {**FLOOR, "version": 2, "effective_from": "2025-01-01", "effective_to": "2026-01-01"},
        {**FLOOR, "floor_id": "successor", "effective_from": "2026-01-01"},
    ]
    assert len(read_schedule(json.dumps({"floor": floors}), "f.json")) == 3


def test_periods_of_one_version_that_overlap_are_refused():
    """Where the first has an end of its own after the second begins."""
    floors = [{**FLOOR, "effective_to": "2025-01-01"}, {**FLOOR, "effective_from": "2024-12-31"}]
    ((_, message),) = errors(json.dumps({"floor": floors}), "f.json")
    assert "begins before its period from 2024-01-01 ends" in message


def test_an_entry_given_twice_is_refused():
    """The second would silently replace the first."""
    ((line, message),) = errors(TOML_FLOOR + TOML_FLOOR)
    assert (line, message) == (15, "floor/si/1/2024-01-01 is given twice, first on line 2")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_floor_can_be_applied(name):
    """Its zone ships with it, its product is in the catalogue and its content in the product."""
    entries = load_shipped(name)
    zones = {entry.zone_id for entry in entries if isinstance(entry, Zone)}
    for floor in (entry for entry in entries if isinstance(entry, Floor)):
        product = load_catalogue().product(floor.product)
        assert product is not None, floor.product
        assert floor.zone_id in zones
        assert floor.announced_at <= floor.effective_from
        if floor.content_basis != "gross":
            assert equivalent(product.constituent, floor.content_basis) > 0
            assert floor.default_grade_pct == product.typical_grade_pct


def test_a_schedule_that_does_not_ship_is_named():
    """With those that do."""
    with pytest.raises(ValueError, match="there are eu-2025-2351, forge-illustrative"):
        load_shipped("eu")


@pytest.mark.parametrize(
    ("product", "hs_code", "origin", "day", "expected"),
    [
        pytest.param("ferro-silicon|alloy", "72022100", "NO", date(2025, 11, 18), "2408", id="norway-first-day"),
        pytest.param("ferro-silicon|alloy", "72022100", "CN", date(2028, 11, 17), "2408", id="china-last-day"),
        pytest.param("ferro-manganese|alloy", "72021120", "IS", date(2026, 1, 1), "1316", id="iceland"),
        pytest.param("silico-manganese|alloy", "72023000", "IN", date(2026, 1, 1), "1392", id="india"),
        pytest.param("ferro-silicon|alloy", "72022100", "NO", date(2025, 11, 17), "missing", id="the-day-before"),
        pytest.param("ferro-silicon|alloy", "72022100", "NO", date(2028, 11, 18), "missing", id="the-day-after"),
        pytest.param("ferro-silicon|alloy", "72022100", "UA", date(2026, 1, 1), "exempt", id="ukraine"),
        pytest.param("silicon|metal", "28046900", "CN", date(2026, 1, 1), "missing", id="silicon-metal-is-left-out"),
    ],
)
def test_the_eu_schedule_is_the_regulation(product, hs_code, origin, day, expected):
    """18 November 2025 to 17 November 2028, all origins, Norway and Iceland among them."""
    book = ReferenceBook(entries=load_shipped("eu-2025-2351"))
    query = FloorQuery(product=product, hs_code=hs_code, origin=origin, destination="DE", day=day, known_on=day)
    found = book.floors.resolve(query)
    if found.kind is ResolutionKind.FOUND:
        assert (found.floor.value, found.floor.currency, found.floor.unit, found.floor.status) == (
            expected,
            "EUR",
            "t",
            FloorStatus.IN_FORCE,
        )
    else:
        assert found.kind == expected


def test_the_eu_quotas_are_known_to_exist_and_their_figures_are_not():
    """Twelve quarters for each product, without a quantity."""
    quotas = [entry for entry in load_shipped("eu-2025-2351") if isinstance(entry, Quota)]
    assert len(quotas) == 36
    assert {quota.quantity for quota in quotas} == {None}
    assert max(quota.period_to for quota in quotas) == date(2028, 11, 18)


def test_the_forge_schedule_is_marked_as_invented():
    """No figure of it can be taken for law."""
    floors = [entry for entry in load_shipped("forge-illustrative") if isinstance(entry, Floor)]
    assert {floor.status for floor in floors} == {FloorStatus.ILLUSTRATIVE}
    assert {floor.source for floor in floors} == {"invented for illustration"}


@pytest.mark.parametrize(
    ("product", "value", "unit"),
    [("silicon|metal", "2.20", "kg"), ("tungsten|metal", "40", "kg"), ("rare-earths-ndpr|oxide", "110", "kg")],
)
def test_the_forge_schedule_has_a_floor_for_imports_from_outside_the_zone(product, value, unit):
    """From New Year 2024, known a month before; between members goods move freely."""
    book = ReferenceBook(entries=load_shipped("forge-illustrative"))
    day = date(2024, 1, 1)
    found = book.floors.resolve(FloorQuery(product=product, origin="CN", destination="GB", day=day, known_on=day))
    assert (found.kind, found.floor.value, found.floor.unit) == (ResolutionKind.FOUND, value, unit)
    member = book.floors.resolve(FloorQuery(product=product, origin="NO", destination="GB", day=day, known_on=day))
    assert member.kind is ResolutionKind.EXEMPT


def test_both_shipped_schedules_stand_side_by_side():
    """A member state of the Union is in both zones, and no product has a floor in both."""
    book = ReferenceBook(entries=[entry for name in SHIPPED for entry in load_shipped(name)])
    assert book.zones.of("DE", date(2026, 1, 1)) == ("eu", "forge")
    for product in book.floors.products():
        query = FloorQuery(product=product, origin="CN", destination="DE", day=date(2026, 1, 1))
        assert book.floors.resolve(query).kind is ResolutionKind.FOUND
    assert isinstance(book.floors, FloorBook)
