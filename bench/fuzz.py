"""
The readers of feeds met with spoilt files: ``python -m bench.fuzz --minutes 10``.

Seeded dice spoil the sample of every format (:mod:`bench.spoiling`); each result is read and every row accounted for
(:mod:`bench.reading_checks`).  What a reader fails by is printed with the seed that makes it again
(``--seed N --inputs 1``), and the file is kept.
"""

import argparse
import random
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path
from typing import Final

from bench.feed_samples import Sample, samples
from bench.reading_checks import Account, account_of
from bench.spoiling import spoilt
from streams.feeds import FeedOptions
from streams.records import Flow

_FAILURES_MAX: Final = 20
_SIDES: Final = (None, None, None, Flow.IMPORT, Flow.EXPORT)
_DECIMALS: Final = (None, None, None, ".", ",")


def main() -> int:
    """Spoil and read for as long as was asked; return 1 where a reader failed."""
    arguments = _arguments()
    warnings.simplefilter("ignore")
    ends = time.monotonic() + 60 * arguments.minutes
    outcomes: Counter[str] = Counter()
    slowest = (0.0, 0)
    seed, failures = arguments.seed, 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feed"
        while time.monotonic() < ends and failures < _FAILURES_MAX and seed - arguments.seed < arguments.inputs:
            started = time.monotonic()
            failures += not _try(seed, path, outcomes, arguments.keep)
            slowest = max(slowest, (time.monotonic() - started, seed))
            seed += 1
    _tell(seed - arguments.seed, failures, outcomes, slowest)
    return 1 if failures else 0


def attempt(seed: int, path: Path, found: dict[str, Sample]) -> Account:
    """Spoil a sample by *seed*, write it to *path*, read it and return what became of it."""
    dice = random.Random(seed)
    sample = found[dice.choice(sorted(found))]
    path.write_bytes(spoilt(dice, sample.content, [each.content for each in found.values()]))
    declared = sample.format if dice.random() < 0.3 else None  # noqa: PLR2004 - the content decides more often
    options = FeedOptions(format=declared, flow=sample.flow, only=dice.choice(_SIDES), decimal=dice.choice(_DECIMALS))
    return account_of(path, options)


_SAMPLES: Final = samples()


def _try(seed: int, path: Path, outcomes: Counter[str], keep: Path | None) -> bool:
    try:
        account = attempt(seed, path, _SAMPLES)
    except BaseException as e:
        if isinstance(e, KeyboardInterrupt):
            raise
        outcomes["failures"] += 1
        print(f"seed {seed}:\n{traceback.format_exc(limit=-3)}")
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"seed-{seed}").write_bytes(path.read_bytes())
        return False
    outcomes["files refused whole" if account.refused_whole else "files read"] += 1
    outcomes.update(account.found)
    outcomes["rows passed over"] += account.skipped
    return True


def _tell(tried: int, failures: int, outcomes: Counter[str], slowest: tuple[float, int]) -> None:
    print(f"{tried:,} spoilt files of {len(_SAMPLES)} samples, {failures} failures")
    print(", ".join(f"{name} {count:,}" for name, count in sorted(outcomes.items())))
    print(f"slowest: {slowest[0]:.2f} s (seed {slowest[1]})")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1, help="the first seed; each file has the next")
    parser.add_argument("--inputs", type=int, default=sys.maxsize, help="files at most")
    parser.add_argument("--keep", type=Path, help="folder for files that a reader failed by")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
