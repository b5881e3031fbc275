"""Readers met with spoilt files of every format: no failure but ``FeedError``, and an account of each row."""

import gzip
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.feed_samples import samples
from bench.fuzz import attempt
from bench.reading_checks import account_of
from bench.spoiling import spoilt
from streams.feeds import ADAPTERS, FeedError, FeedOptions, open_feed
from streams.feeds.head import Confidence
from streams.feeds.source import Source

SAMPLES = samples()
# openpyxl tells of what it does not know in a workbook; to a reader of prices that is nothing.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Return where a spoilt file is written; its name tells nothing."""
    return tmp_path_factory.mktemp("spoilt") / "feed"


def test_every_format_has_a_sample():
    """A new adapter is spoilt as the others are."""
    formats = {sample.format for sample in SAMPLES.values()}

    assert {adapter.name for adapter in ADAPTERS} - formats <= {"parquet"}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sound_sample_is_read_whole_by_the_one_adapter_that_claims_it(path, name):
    """Its content is sure to one adapter alone, and every row of it is accounted for."""
    sample = SAMPLES[name]
    path.write_bytes(sample.content)
    options = FeedOptions(flow=sample.flow)
    account = account_of(path, options)
    head = Source(path, options).head

    assert [sample.format] == [each.name for each in ADAPTERS if each.sniff(head) is Confidence.YES]
    assert (sample.format, False) == (account.format, account.refused_whole)
    assert 0 == account.found["Rejected"]
    assert sample.rows == sum(account.found.values()) + account.skipped


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_a_spoilt_file_is_refused_or_read_with_every_row_accounted_for(path, seed):
    """Whatever the dice did to it; ``python -m bench.fuzz`` throws them for minutes."""
    attempt(seed, path, SAMPLES)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_bytes_of_any_kind_are_no_feed_or_one(path, content):
    """A message says which."""
    path.write_bytes(content)

    account_of(path, FeedOptions())


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), name=st.sampled_from(sorted(SAMPLES)))
def test_packing_changes_nothing(path, seed, name):
    """A spoilt file packed is refused, or read, as it is unpacked."""
    sample = SAMPLES[name]
    content = spoilt(random.Random(seed), sample.content, [sample.content])
    options = FeedOptions(flow=sample.flow)
    path.write_bytes(content)
    bare = account_of(path, options)
    path.write_bytes(gzip.compress(content, 1))

    # A file that is packed twice already is too deep in one layer more.
    packed = account_of(path, options)
    assert bare == packed or packed.refused_whole


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b'{"id":' + b"[" * 100_000, id="json-lines"),
        pytest.param(b'{"value":[{"MonthId":' + b"[" * 100_000, id="json-document"),
        pytest.param(b'[["I_COMMODITY"],' + b"[" * 100_000, id="json-arrays"),
    ],
)
def test_arrays_within_arrays_end_nothing_but_the_file(path, content):
    """The interpreter's own limit is no failure of the reader."""
    path.write_bytes(content)

    account_of(path, FeedOptions())


def test_a_table_of_another_system_s_lines_is_told(path):
    """Carriage returns alone make one line of the whole file."""
    path.write_bytes(b"id,source,event_date,origin,destination\rGB-1,hmrc,2025-12-31,CN,GB\r")

    with pytest.raises(FeedError, match="none of the known formats"):
        open_feed(path)
