"""The evidence pack in the forms that are filed."""

import csv
import io

import pytest
from msgspec.structs import replace

from alerts.access import ANONYMOUS
from alerts.action_store import MemoryActionStore
from alerts.evidence_pack import pack_as_csv, pack_as_html
from alerts.reading import Reading
from alerts.store import NOTHING_READ, MemoryStore
from alerts.suppression import SuppressionPolicy
from tests.unit.alerts.deeds import NOW, closed, commented
from tests.unit.alerts.examples import FIRING, change_of


async def pack_of(alert=FIRING, actions=()):
    """Return the pack of an alert."""
    alerts, acts = MemoryStore(), MemoryActionStore()
    await alerts.apply([(0, change_of(alert))])
    await acts.apply(actions, after=NOTHING_READ)
    return await Reading(alerts, acts, policy=SuppressionPolicy(), now=lambda: NOW).pack(ANONYMOUS, alert.id)


async def rows_of(**given):
    """Return the rows of the table as dictionaries."""
    return list(csv.DictReader(io.StringIO(pack_as_csv(await pack_of(**given)))))


async def test_the_table_has_every_line_of_the_arithmetic_with_its_check():
    """A reviewer sorts and recomputes in a spreadsheet."""
    rows = [row for row in await rows_of() if row["part"] == "arithmetic"]
    assert [(row["label"], row["expression"], row["value"], row["unit"], row["check"]) for row in rows] == [
        ("landed value", "17500 * 1.10", "19250", "USD", "holds"),
        ("gap", "(22000 - 19250) / 22000 * 100", "12.5", "%", "holds"),
        ("levy", "max(0, 22000 - 20419.38)", "1580.62", "USD", "holds"),
    ]


async def test_a_line_that_does_not_hold_says_so():
    """In the table and on the page."""
    step = {"label": "levy", "expression": "2 * 2", "result": "5", "unit": "USD"}
    alert = replace(FIRING, evidence={"arithmetic": [step]})
    assert "recomputed 4" in next(row["check"] for row in await rows_of(alert=alert) if row["part"] == "arithmetic")
    assert "recomputed 4" in pack_as_html(await pack_of(alert))


@pytest.mark.parametrize(
    ("comment", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd", "'+cmd"),
        ("-cmd", "'-cmd"),
        ("@x", "'@x"),
        ("\t=1", "'\t=1"),
        ("-12.5", "-12.5"),
        ("plain", "plain"),
    ],
)
async def test_no_cell_is_a_formula(comment, cell):
    """What somebody wrote is text wherever it is opened; a negative number stays one."""
    rows = await rows_of(actions=[commented(FIRING, comment=comment)])
    assert [row["value"] for row in rows if row["part"] == "action"] == [cell]


async def test_the_page_shows_what_was_done_and_nothing_is_markup():
    """Whatever people and records say, only the page's own tags are tags."""
    alert = replace(FIRING, summary="<img src=x>", evidence={"<b>": "<i>", "note": "</pre><script>"})
    page = pack_as_html(await pack_of(alert, [commented(alert, 0, comment="<u>1 & 2</u>"), closed(alert, 1)]))
    for tag in ("<img", "<b>", "<i>", "<u>", "<script"):
        assert tag not in page
    assert "&lt;u&gt;1 &amp; 2&lt;/u&gt;" in page
    assert "data_error: Tonnes, not kilograms." in page


async def test_the_page_needs_nothing_from_anywhere():
    """It can be kept, printed and read without a network."""
    page = pack_as_html(await pack_of())
    for word in ("http://", "https://", "<script", "<link", "<img", "@import", "url("):
        assert word not in page


async def test_pack_says_for_whom_and_of_which_content_it_is():
    """The hash is that of the alert's canonical JSON."""
    pack = await pack_of()
    assert (pack.made_for, pack.made_at) == ("anonymous", NOW)
    assert pack.alert_sha256 in pack_as_csv(pack)
    assert pack.alert_sha256 in pack_as_html(pack)
