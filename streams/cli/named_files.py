"""The files that a command names: what cannot be read as a feed, and what must not be written over."""

from collections.abc import Iterable
from pathlib import Path

import typer


def check_feeds(files: Iterable[Path]) -> None:
    """Refuse what is named in the place of a feed and is a run, a folder, or no address, and say what to name."""
    from streams.archive.manifest import is_archive
    from streams.runs.manifest import MANIFEST
    from streams.runs.reading import runs_within

    for each in files:
        if str(each) in {"kafka:", "kafka:/"}:
            message = "kafka:// names no broker: write it as kafka://HOST:PORT"
        elif not each.is_dir() or is_archive(each):
            continue
        elif (each / MANIFEST).is_file() or runs_within(each):
            message = f"{each} is what replay --run wrote, no feed: replay diff, score and report read it"
        else:
            message = f"{each} is a folder and no archive of floorwatch record: name the feed files in it"
        raise typer.BadParameter(message)


def check_not_read(output: Path | None, option: str, read: Iterable[Path | str]) -> None:
    """Refuse to write *output*, which *option* names, over one of the files that are *read*, or into an archive."""
    if output is None:
        return
    for each in map(Path, read):
        if each.is_dir():
            taken = each.resolve() in (output.resolve(), *output.resolve().parents)
            place = f"within {each}"
        else:
            taken = each.exists() and output.exists() and output.samefile(each)
            place = str(each)
        if taken:
            message = f"{option} {output} is {place}, which is read: it would be written over; name another"
            raise typer.BadParameter(message)
