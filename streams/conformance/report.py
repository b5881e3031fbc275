"""Running a folder of cases and saying how the engine did."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from streams.conformance.case import Case, CaseError, Runner, read_case
from streams.conformance.comparison import compare
from streams.conformance.registry import RUNNERS

_CANNOT_RUN: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a runner raises where inputs are missing, malformed or of another form than the topic's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How one file did."""

    file: str
    case: Case | None
    """None: the file could not be read."""
    failures: tuple[str, ...] = ()
    built: bool = True
    """Whether there is a runner for its topic."""

    @property
    def passed(self) -> bool:
        """Whether the engine met all that the case expects."""
        return self.built and not self.failures


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How a folder of cases did."""

    results: tuple[Result, ...]

    @property
    def passed(self) -> int:
        """How many cases the engine met in full."""
        return sum(result.passed for result in self.results)

    @property
    def failed(self) -> int:
        """How many it did not, files that could not be read among them."""
        return sum(bool(result.failures) for result in self.results)

    @property
    def not_built(self) -> dict[str, int]:
        """How many cases have a topic without a runner, by topic in order."""
        topics = Counter(result.case.topic for result in self.results if result.case and not result.built)
        return dict(sorted(topics.items()))

    @property
    def exit_code(self) -> int:
        """0 where nothing failed, else 1; a folder without cases has failed."""
        return 1 if self.failed or not self.results else 0

    def lines(self) -> Iterator[str]:
        """Return each failure, what is not built, and ``N passed, N failed`` at the end."""
        for result in self.results:
            if result.failures:
                yield f"{result.file}: {_title(result.case)}"
                yield from (f"  {failure}" for failure in result.failures)
        for topic, cases in self.not_built.items():
            yield f"not built: {topic} ({cases} case{'' if cases == 1 else 's'})"
        yield f"{self.passed} passed, {self.failed} failed"


def run_directory(directory: Path, runners: Mapping[str, Runner] = RUNNERS) -> Report:
    """Run every case file (``*.json``) of *directory*, in order of name; none of them can stop the others."""
    return Report(results=tuple(run_file(path, runners) for path in sorted(directory.glob("*.json"))))


def run_file(path: Path, runners: Mapping[str, Runner] = RUNNERS) -> Result:
    """Run one case file."""
    try:
        case = read_case(path)
    except CaseError as e:
        return Result(file=path.name, case=None, failures=(str(e),))
    runner = runners.get(case.topic)
    if runner is None:
        return Result(file=path.name, case=case, built=False)
    return Result(file=path.name, case=case, failures=tuple(_failures(case, runner)))


def conformance(directory: Path, print: Callable[[str], object] = print) -> int:  # noqa: A002 - takes print's place
    """Run *directory*, print the report line by line and return the exit code: 1 on any failure."""
    report = run_directory(directory)
    if not report.results:
        print(f"no case files (*.json) in {directory}")
    for line in report.lines():
        print(line)
    return report.exit_code


def _failures(case: Case, runner: Runner) -> list[str]:
    try:
        return [str(mismatch) for mismatch in compare(case.expected, runner(case.inputs))]
    except KeyError as e:
        return [f"cannot be run: there is no {e}"]
    except CaseError as e:
        return [f"cannot be run: {e}"]
    except _CANNOT_RUN as e:
        return [f"cannot be run: {type(e).__name__}: {e}"]


def _title(case: Case | None) -> str:
    return f"{case.id}, {case.topic}: {case.title}" if case else "could not be read"
