"""Runs for tests: feeds of a few lines, judged and kept as the command does it."""

from datetime import date

from streams.feed_records import ReplayOptions
from streams.replay import load_book, replay_direct
from streams.runs.manifest import Sources, manifest_of
from streams.runs.reading import read_run
from streams.runs.writing import write_run
from streams.selection import Selection
from streams.settings import Settings

AS_OF = date(2026, 1, 1)

HEADER = "id,source,event_date,origin,destination,product,quantity,value,currency,incoterm"


def feed_of(path, *rows):
    """Write a feed of silicon metal to GB: each row is an id, a day, an origin and US dollars per kilogram."""
    lines = [
        f"{name},customs,{day},{origin},GB,silicon|metal,1000,{round(1000 * price)},USD,CIF"
        for name, day, origin, price in rows
    ]
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    return path


def floors_of(path, value):
    """Write a schedule of one zone, GB, with one floor of silicon metal."""
    path.write_text(f"""
[[zone]]
zone_id = "z"
members = ["GB"]

[[floor]]
floor_id = "f"
mineral = "silicon"
stage = "metal"
status = "illustrative"
instrument = "variable_levy"
zone_id = "z"
value = "{value}"
currency = "USD"
unit = "kg"
effective_from = 2024-01-01
announced_at = 2024-01-01
""")
    return path


def run_of(folder, files, floors, *, rules="", products=(), origins=(), as_of=AS_OF, **choices):
    """Replay *files* by the schedules *floors*, keep the run in *folder* and read it back."""
    book, settings = load_book(floors), Settings(rules=str(rules))
    options = ReplayOptions(as_of=as_of, goods=Selection(products=products, origins=origins), **choices)
    result = replay_direct(files, book=book, settings=settings, options=options, series=True)
    manifest = manifest_of(
        run=folder.name,
        made_at="2026-01-01T00:00:00Z",
        code_version="test",
        way="direct",
        sources=Sources(files=tuple(files), schedules=tuple(map(str, floors))),
        book=book,
        settings=settings,
        options=options,
        summary={"records": result.records},
    )
    write_run(folder, manifest, result.alerts, result.series)
    return read_run(folder)
