"""Rule files: what a file may set, for which goods, and how it is told what is wrong with it."""

from fractions import Fraction
from pathlib import Path

import pytest

from streams.reference.schedule_file import ScheduleErrors
from streams.rules import RULES
from streams.rules.bands import Bands
from streams.rules.digest import rules_digest
from streams.rules.handbook import handbook
from streams.rules.rule_file import choices, read_rules


def read(text):
    """Return the rules by name, as *text* sets them."""
    return {rule.name: rule for rule in read_rules(text, "rules.toml", RULES)}


def wrong(text):
    """Return what is wrong with *text*, line by line."""
    with pytest.raises(ScheduleErrors) as caught:
        read(text)
    return [str(error) for error in caught.value.errors]


def test_what_a_file_does_not_name_stays_as_it_is():
    """Only the threshold named is another."""
    rules = read('[[rule]]\nname = "sustained_breach"\nrecords_min = 5\n')
    changed = rules["sustained_breach"]

    assert (5, 30) == (changed.records_min, changed.window_days)
    assert [rule for rule in RULES if rule.name != changed.name] == [
        rule for name, rule in rules.items() if name != changed.name
    ]


def test_a_threshold_for_some_goods_leaves_the_others_alone():
    """A mineral, stage or origin narrows a section down; of several that fit, the last counts."""
    rule = read(
        '[[rule]]\nname = "surge_with_price_fall"\nmineral = "tungsten"\nvolume_min_pct = 20\n'
        '[[rule]]\nname = "surge_with_price_fall"\nmineral = "tungsten"\norigin = "CN"\nvolume_min_pct = "30.5"\n'
    )["surge_with_price_fall"]

    assert Fraction(10) == rule.at("silicon|metal", "CN").volume_min_pct
    assert Fraction(20) == rule.at("tungsten|metal", "VN").volume_min_pct
    assert Fraction("30.5") == rule.at("tungsten|metal", "CN").volume_min_pct


def test_a_section_for_some_goods_stands_on_the_one_for_all():
    """What it does not name is as the file sets it for all goods, wherever that stands."""
    rule = read(
        '[[rule]]\nname = "sustained_breach"\nstage = "metal"\nrecords_min = 5\n'
        '[[rule]]\nname = "sustained_breach"\nwindow_days = 60\n'
    )["sustained_breach"].at("tungsten|metal", "CN")

    assert (5, 60) == (rule.records_min, rule.window_days)


def test_a_rule_can_be_taken_out():
    """It is no longer run at all."""
    assert "unit_error" not in read('[[rule]]\nname = "unit_error"\nenabled = false\n')


def test_bands_and_the_life_of_an_episode_can_be_set():
    """Severities by three numbers, and when an alert ends."""
    rule = read('[[rule]]\nname = "surge_with_price_fall"\nbands = [1, 2.5, 4]\nexpire_days = 40\n')
    found = rule["surge_with_price_fall"]

    assert Bands(Fraction(1), Fraction(5, 2), Fraction(4)) == found.bands
    assert 40 == found.policy.expire_days


def test_every_change_gives_the_rule_set_another_name():
    """The digest in every alert tells one set of thresholds from another, those for some goods too."""
    texts = (
        "",
        '[[rule]]\nname = "sustained_breach"\nrecords_min = 5\n',
        '[[rule]]\nname = "sustained_breach"\nrecords_min = 5\norigin = "CN"\n',
        '[[rule]]\nname = "sustained_breach"\nenabled = false\n',
    )
    digests = {rules_digest(read_rules(text, "rules.toml", RULES) if text else RULES) for text in texts}

    assert len(texts) == len(digests)


def test_all_that_is_wrong_is_said_at_once_with_its_line():
    """Unknown rules, keys and tables, and values that cannot be right, each at its place."""
    found = wrong(
        "[[rule]]\n"
        'name = "sustained_breech"\n'
        "[[rule]]\n"
        'name = "sustained_breach"\n'
        "record_min = 5\n"
        'tolerance = "much"\n'
        "window_days = -1\n"
        "[[floor]]\n"
        'value = "1"\n'
    )

    assert [
        "line 2: unknown rule 'sustained_breech'; did you mean sustained_breach?",
        "line 5: unknown key 'record_min'; did you mean records_min?",
        "line 6: tolerance: expected a number, 0 or more, found 'much'",
        "line 7: window_days: expected a whole number, 0 or more, found -1",
        "line 8: unknown table 'floor'; write [[rule]] with a name",
    ] == found


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("bands = [3, 2, 1]", "bands: expected numbers that rise, found [3, 2, 1]", id="falling"),
        pytest.param("bands = [1, 2]", "bands: expected three numbers, for warning, high, critical", id="too-few"),
        pytest.param("enabled = 0", "enabled: expected true or false, found 0", id="no-truth"),
        pytest.param('enabled = false\norigin = "CN"', "enabled: a rule is taken out for all goods", id="in-part"),
        pytest.param("months_min = true", "months_min: expected a whole number, 0 or more, found True", id="no-count"),
        pytest.param("volume_min_pct = nan", "volume_min_pct: expected a number, 0 or more", id="no-number"),
    ],
)
def test_a_value_that_cannot_be_right_is_refused(line, message):
    """The message says what was expected and what was found."""
    found = wrong(f'[[rule]]\nname = "surge_with_price_fall"\n{line}\n')

    assert 1 == len(found)
    assert message in found[0]


def test_an_empty_file_sets_nothing_and_is_refused():
    """A file that was cut off says nothing: it is not taken for a wish to keep the defaults."""
    assert ["line 1: the file is empty"] == wrong("")


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.name) for rule in RULES])
def test_every_threshold_says_what_it_means_and_where_it_comes_from(rule):
    """The handbook has a sentence and a basis for each."""
    for choice in choices(rule):
        assert choice.meaning, choice.name
        assert choice.basis, choice.name


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.name) for rule in RULES])
def test_every_setting_can_be_written_as_it_is(rule):
    """A file that names each setting with its default changes nothing."""
    lines = [f"{choice.name} = {_written(choice.value)}" for choice in choices(rule) if choice.value is not None]

    assert rule == read("\n".join(["[[rule]]", f'name = "{rule.name}"', *lines]))[rule.name]


def _written(value):
    match value:
        case bool():
            return str(value).lower()
        case Fraction():
            return f'"{value.numerator / value.denominator}"'
        case tuple():
            return f"[{', '.join(map(_written, value))}]"
        case str():
            return f'"{value}"'
        case _:
            return str(value)


def test_the_handbook_is_up_to_date():
    """docs/rules.md is what ``floorwatch rules list --markdown`` writes today."""
    written = (Path(__file__).parents[2] / "docs" / "rules.md").read_text()

    assert "\n".join([*handbook(RULES), ""]) == written
