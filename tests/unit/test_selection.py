"""What may be asked for of a feed: what could fit nothing is refused, for nothing would pass as all is well."""

from datetime import date

import pytest

from streams.cli import main
from streams.feed_records import ReplayOptions
from streams.selection import Selection, SelectionError
from tests.unit.runs.run_of import feed_of

DAY = date(2025, 6, 1)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        pytest.param("silicn|metal", "did you mean 'silicon|metal'", id="misspelt"),
        pytest.param("silicon", "did you mean 'silicon|*'?", id="a-mineral-alone"),
        pytest.param("Silicon|Metal", "did you mean 'silicon|metal'", id="capitals"),
        pytest.param("unobtainium", "'unobtainium' is no product: floorwatch products list", id="unknown"),
        pytest.param("silicn|*", "'silicn|*' is no product", id="a-pattern-of-none"),
    ],
)
def test_a_product_that_nobody_knows_is_refused(pattern, words):
    """With the one that may be meant."""
    with pytest.raises(SelectionError) as refused:
        Selection(products=(pattern,))
    assert words in str(refused.value)


@pytest.mark.parametrize("pattern", ["China", "cn", "CHN", "C", "1*"])
def test_an_origin_is_two_capitals(pattern):
    """Or a pattern that some two capitals fit."""
    with pytest.raises(SelectionError, match="two capitals"):
        Selection(origins=(pattern,))


@pytest.mark.parametrize("pattern", ["CN", "XX", "C?", "*", "[BC]*"])
def test_an_origin_that_could_be_is_taken(pattern):
    """Whether a feed has it only the feed can tell."""
    assert (pattern,) == Selection(origins=(pattern,)).origins


@pytest.mark.parametrize(
    ("first", "last", "fits"),
    [
        pytest.param(date(2025, 6, 2), DAY, False, id="reversed"),
        pytest.param(DAY, DAY, True, id="one-day"),
        pytest.param(DAY, None, True, id="open"),
    ],
)
def test_days_the_wrong_way_round_are_refused(first, last, fits):
    """The first and the last day are both taken, so one day is a part."""
    if fits:
        assert ReplayOptions(as_of=DAY, first_day=first, last_day=last).holds(DAY)
    else:
        with pytest.raises(SelectionError, match="turn them round"):
            ReplayOptions(as_of=DAY, first_day=first, last_day=last)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("replay", "--direct", "--products", "silicn|metal"), id="replay-a-product"),
        pytest.param(("replay", "--direct", "--origins", "cn"), id="replay-an-origin"),
        pytest.param(("replay", "--direct", "--from", "2025-06-01", "--to", "2025-01-01"), id="replay-days"),
        pytest.param(
            ("ingest", "--kafka", "127.0.0.1:1", "--from", "2025-06-01", "--to", "2025-01-01"), id="ingest-days"
        ),
    ],
)
def test_what_cannot_be_meant_is_exit_2(tmp_path, capsys, words):
    """In one line, and nothing is read or sent."""
    command, *options = words
    with pytest.raises(SystemExit) as ended:
        main([command, str(feed_of(tmp_path / "feed.csv", ("a", "2025-01-05", "CN", 1.5))), *options])

    assert 2 == ended.value.code
    assert "Traceback" not in capsys.readouterr().err
