"""Alerts against cases: hits, leads, misses, false alarms and what chance would hit, with answers worked by hand."""

from datetime import date
from fractions import Fraction

import pytest

from alerts.model import Alert, Severity, State
from streams.month_series import MonthLine
from streams.runs.cases import COLUMNS, Case, read_cases
from streams.runs.errors import RunError
from streams.runs.score import ANY_RULE, score

GRAPHITE = Case(
    case="anodes", product="graphite|*", origin="CN", destination="US", petitioned_on=date(2024, 12, 18), source="FR"
)


def alert(opened, ended=None, *, rule="surge", product="graphite|natural", origin="CN", destination="US"):
    """Return an alert that was open from one day to another; still open where it has no end."""
    day = f"{ended or opened}T00:00:00Z"
    return Alert(
        id=f"{rule}{opened}{origin}{destination}{product}",
        rule=rule,
        rule_set="r",
        severity=Severity.WARNING,
        state=State.RESOLVED if ended else State.FIRING,
        product=product,
        origin=origin,
        destination=destination,
        zone=None,
        opened_at=f"{opened}T00:00:00Z",
        updated_at=day,
        resolved_at=day if ended else None,
        summary="",
        evidence={},
        revision=1,
    )


def traded(first, months, *, product="graphite|natural", origin="CN", destination="US"):
    """Return the lines of a way with trade in so many months from *first* (year, month)."""
    start = first[0] * 12 + first[1] - 1
    names = [f"{month // 12}-{month % 12 + 1:02}" for month in range(start, start + months)]
    way = {"product": product, "origin": origin, "destination": destination}
    return [MonthLine(kind="trade", flow="export", month=name, rows=1, **way) for name in names]


YEAR = traded((2024, 1), 12)


def of_all(scored):
    """Return the score of all rules together."""
    return next(mark for mark in scored.rules if mark.rule == ANY_RULE)


@pytest.mark.parametrize(
    ("opened", "ended", "lead"),
    [
        pytest.param("2024-12-17", None, 1, id="the-day-before-it-is-known"),
        pytest.param("2024-12-18", None, None, id="on-the-day"),
        pytest.param("2024-12-19", None, None, id="the-day-after"),
        pytest.param("2024-07-31", "2024-09-30", 140, id="ended-within-the-window"),
        pytest.param("2023-11-30", "2023-12-19", 384, id="ended-on-the-window's-first-day"),
        pytest.param("2023-11-30", "2023-12-18", None, id="ended-the-day-before-the-window"),
    ],
)
def test_a_warning_opens_before_the_case_and_stands_in_the_window(opened, ended, lead):
    """The lead is from its opening to the petition, in days."""
    scored = score([GRAPHITE], [alert(opened, ended)], YEAR)

    assert lead == scored.cases[0].lead_days
    assert (1 if lead else 0, 0 if lead else 1) == (of_all(scored).hits, of_all(scored).misses)


def test_the_lead_is_from_the_first_warning():
    """Later ones are warnings too."""
    scored = score([GRAPHITE], [alert("2024-08-31"), alert("2024-07-31", "2024-08-01")], YEAR)

    assert (140, 2) == (scored.cases[0].lead_days, len(scored.cases[0].warnings))
    assert (1, 0) == (of_all(scored).hits, of_all(scored).false)


def test_what_is_published_later_warns_later():
    """Figures that are out 60 days after the goods: 80 days are left of 140."""
    scored = score([GRAPHITE], [alert("2024-07-31")], YEAR, lag_days=60)

    assert 80 == scored.cases[0].lead_days


@pytest.mark.parametrize(
    ("others", "hits"),
    [
        pytest.param({}, 1, id="same-way"),
        pytest.param({"destination": "JP"}, 0, id="other-destination"),
        pytest.param({"origin": "BR"}, 0, id="other-origin"),
        pytest.param({"product": "graphite|artificial"}, 1, id="another-product-of-the-pattern"),
        pytest.param({"product": "tungsten|metal"}, 0, id="other-product"),
        pytest.param({"origin": None, "destination": None}, 1, id="a-rule-that-tells-no-ways-apart"),
    ],
)
def test_a_warning_is_of_the_same_goods_and_way(others, hits):
    """As far as case and alert tell them."""
    assert hits == of_all(score([GRAPHITE], [alert("2024-07-31", **others)], YEAR)).hits


@pytest.mark.parametrize(
    ("series", "covered"),
    [
        pytest.param(traded((2023, 12), 1), True, id="trade-in-the-window's-first-month"),
        pytest.param(traded((2023, 11), 1), False, id="trade-before-the-window"),
        pytest.param(traded((2024, 12), 1), True, id="trade-in-the-month-of-the-petition"),
        pytest.param(traded((2025, 1), 1), False, id="trade-after-it"),
        pytest.param(traded((2024, 1), 12, destination="JP"), False, id="trade-of-another-way"),
        pytest.param(None, True, id="not-known"),
    ],
)
def test_a_case_without_trade_to_see_it_by_is_neither_hit_nor_missed(series, covered):
    """Its goods were traded in the window, or nobody can be blamed for silence."""
    scored = score([GRAPHITE], [], series)

    assert covered is scored.cases[0].covered
    assert (1, 1) == (of_all(scored).cases, of_all(scored).misses) if covered else of_all(scored).hit_rate is None


def test_alerts_of_no_case_are_false_alarms_by_product_year():
    """Two of four alerts, in two products' 12 and 6 months of trade: 2 / 1.5 a year; one came after the petition."""
    series = YEAR + traded((2024, 1), 6, product="tungsten|metal", destination="JP")
    told = [
        alert("2024-07-31"),
        alert("2025-01-31"),
        alert("2024-02-29", "2024-03-31", product="tungsten|metal", destination="JP"),
        alert("2024-05-31", "2024-06-30", destination="JP"),
    ]
    scored = score([GRAPHITE], told, series)

    assert Fraction(3, 2) == scored.product_years
    assert (4, 1, 2) == (of_all(scored).alerts, of_all(scored).after, of_all(scored).false)
    assert Fraction(4, 3) == of_all(scored).false_per_product_year


def test_the_base_rate_is_how_often_any_way_stands_warned():
    """One of two ways warned from the end of July on: months August to December of twelve, and none of the other's."""
    series = YEAR + traded((2024, 1), 12, destination="JP")
    scored = score([GRAPHITE], [alert("2024-07-31")], series)

    assert Fraction(5, 24) == of_all(scored).base_rate
    assert Fraction(1) == of_all(scored).hit_rate


def test_each_rule_has_a_score_of_its_own():
    """The first rule warned, the second gave a false alarm."""
    scored = score([GRAPHITE], [alert("2024-07-31"), alert("2024-01-31", destination="JP", rule="undercutting")], YEAR)

    assert [(ANY_RULE, 1, 1), ("surge", 1, 0), ("undercutting", 0, 1)] == [
        (mark.rule, mark.hits, mark.false) for mark in scored.rules
    ]
    assert [ANY_RULE] == [mark.rule for mark in score([GRAPHITE], [alert("2024-07-31")], YEAR, rules=["mix"]).rules]


def test_a_bare_file_of_alerts_has_no_base_rate():
    """What was traded is not known."""
    scored = score([GRAPHITE], [alert("2024-07-31")], None)

    assert (None, None, None) == (
        scored.product_years,
        of_all(scored).base_rate,
        of_all(scored).false_per_product_year,
    )


def test_cases_are_read_from_a_file(tmp_path):
    """Empty cells are what is not told; the petition is the day where there is one."""
    path = tmp_path / "cases.csv"
    path.write_text(
        f"{','.join(COLUMNS)}\nanodes,graphite|*,CN,US,2024-12-18,2025-01-15,pending,FR\n"
        "silicon,silicon|metal,,US,,2025-05-14,,\n"
    )
    first, second = read_cases(path)

    assert (date(2024, 12, 18), "pending") == (first.known_on, first.outcome)
    assert ("", date(2025, 5, 14)) == (second.origin, second.known_on)


def test_all_that_is_wrong_with_a_file_of_cases_is_said_at_once(tmp_path):
    """By line."""
    path = tmp_path / "cases.csv"
    path.write_text(f"{','.join(COLUMNS)}\n,graphite,China,US,18.12.2024,,,\na,graphite|natural,CN,US,,,,\n")

    with pytest.raises(RunError) as refused:
        read_cases(path)
    words = str(refused.value)
    assert all(
        each in words
        for each in (
            *("line 2: case is empty", "not mineral|stage", "'China' is no country", "'18.12.2024' is no day"),
            "line 3: neither petitioned_on nor initiated_on",
        )
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("case,product\n", "no column origin", id="columns-lack"),
        pytest.param(f"{','.join(COLUMNS)}\n", "no case", id="no-row"),
    ],
)
def test_a_file_that_holds_no_cases_is_refused(tmp_path, text, words):
    """With the columns that it should have."""
    path = tmp_path / "cases.csv"
    path.write_text(text)

    with pytest.raises(RunError, match=words):
        read_cases(path)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xff\xfe\x00PAR1", id="binary"),
        pytest.param(f"{','.join(COLUMNS)}\nAño,silicon|metal,,US,,2025-05-14,,\n".encode("latin-1"), id="latin-1"),
    ],
)
def test_a_file_of_cases_in_another_form_is_refused(tmp_path, content):
    """In one line, with the form that it should have."""
    path = tmp_path / "cases.csv"
    path.write_bytes(content)

    with pytest.raises(RunError, match="no CSV file in UTF-8"):
        read_cases(path)


def test_a_case_of_an_unknown_product_is_refused(tmp_path):
    """It would never be covered; a pattern may be of goods to come."""
    path = tmp_path / "cases.csv"
    path.write_text(f"{','.join(COLUMNS)}\na,graphit|natural,,US,2025-05-14,,,\nb,unheard|*,,US,2025-05-14,,,\n")

    with pytest.raises(RunError, match=r"line 2: .* did you mean 'graphite\|natural'") as refused:
        read_cases(path)
    assert "line 3" not in str(refused.value)
