"""What ``floorwatch record`` is asked for, without a broker: days as a replay takes them."""

import pytest

from streams.cli import main

NOBODY = "127.0.0.1:1"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param(("--from", "2026-06-02", "--to", "2026-06-01"), "turn them round", id="reversed"),
        pytest.param(("--from", "2026-06-01T12:00Z", "--to", "2026-06-01T12:00Z"), "turn them round", id="nothing"),
        pytest.param(("--to", "June"), "is no day and no instant", id="no-day"),
    ],
)
def test_days_between_which_nothing_lies_are_refused(tmp_path, capsys, options, words):
    """Exit 2, before anything is asked of Kafka or written."""
    with pytest.raises(SystemExit) as ended:
        main(["record", "--out", str(tmp_path / "archive"), "--kafka", NOBODY, *options])

    assert 2 == ended.value.code
    assert words in " ".join(capsys.readouterr().err.replace("│", "").split())
    assert not (tmp_path / "archive").exists()
