"""What is declared: heeded by the formats that are said to have a use for it, and by no others."""

import pytest

from bench.feed_samples import samples
from streams.feeds import FeedError, FeedOptions, Flow, open_feed
from streams.feeds.declarations import USES, require_use

CHANGES = {
    "hs": [{"hs_codes": ("0000",)}],
    "only": [{"only": side} for side in Flow],
    "flow": [{"flow": side} for side in Flow],
    "hs-edition": [{"hs_edition": "HS1992"}],
    "revision": [{"revision": 7}],
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_declaration_changes_has_a_use_for_it(feed_file, name):
    """All formats that are said to have one, and no others, by their samples."""
    changed = set()
    for sample in samples().values():
        path = feed_file(sample.content)
        as_it_is = list(open_feed(path, FeedOptions(flow=sample.flow)))
        declared = [FeedOptions(**{"flow": sample.flow, **change}) for change in CHANGES[name]]
        changed |= {sample.format for options in declared if list(open_feed(path, options)) != as_it_is}

    assert USES[name] == changed


def test_what_one_of_several_files_uses_is_of_use():
    """Of what none does, one is told."""
    require_use([{"flow=export", "hs=2804"}, {"hs=2805"}])
    require_use([{"flow=export"}, set()])

    with pytest.raises(FeedError, match="--declare hs=2804: none of the files has a use for it: rows are chosen by"):
        require_use([{"flow=export", "hs=2804"}, {"hs=2804"}])
