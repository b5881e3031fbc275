"""A batch of the project's own Parquet as values of the wire, column by column."""

from datetime import date
from typing import Any, Final

from streams.feeds.wire_rows import DAY, DECIMALS, EDITION, EDITION_FORM, PLAIN, REQUIRED, TYPE
from streams.feeds.wire_slices import Latest, WireSlice
from streams.records import Trade

_ESCAPED: Final = bytes([*range(32), ord('"'), ord("\\"), 127])
_PLACES_MAX: Final = 6
_EPOCH: Final = date(1970, 1, 1).toordinal()
_TRADE: Final = "trade"
_EDITION: Final = f"^{EDITION_FORM.pattern}$"
_NEVER_EMPTY: Final = ("id", "source")


def wire_slice(batch: Any, names: list[str], latest: Latest) -> WireSlice | None:
    """
    Return the rows of a record batch as values of the wire, None where any of them may be no sound trade.

    Columns are text without anything to escape, whole numbers or decimals of at most six places, and a day.
    """
    from pyarrow import ArrowException, string  # noqa: PLC0415 - an extra
    from pyarrow import compute as pc  # noqa: PLC0415

    known = set(names) <= PLAIN | {DAY, TYPE}
    if not known or not batch.num_rows or any(batch[name].null_count for name in REQUIRED[Trade]):
        return None
    try:
        if TYPE in names and pc.unique(batch[TYPE]).to_pylist() != [_TRADE]:
            return None
        names = [name for name in names if name != TYPE]
        days = _days(batch[DAY])
        texts = {name: days.cast(string()) if name == DAY else _text(batch[name], name, pc) for name in names}
        if any(text is None for text in texts.values()) or not all(_is_plain(text) for text in texts.values()):
            return None
        if any(pc.min(pc.binary_length(texts[name])).as_py() == 0 for name in _NEVER_EMPTY):
            return None
        if EDITION in texts and not pc.all(pc.match_substring_regex(texts[EDITION], _EDITION)).as_py():
            return None
        values = _joined(texts, pc)
    except (ArrowException, UnicodeDecodeError, OverflowError, ValueError):
        return None
    return _slice(values, days, latest, pc)


def _slice(values: Any, days: Any, latest: Latest, pc: Any) -> WireSlice:
    from pyarrow import binary, int32  # noqa: PLC0415 - an extra

    numbers = days.cast(int32())
    start = latest.day - _EPOCH
    highest = pc.cumulative_max(numbers, start=start)
    late = pc.sum(pc.less(numbers, highest)).as_py()
    latest.day = highest[-1].as_py() + _EPOCH
    return WireSlice(values.cast(binary()).to_pylist(), last_day=days[-1].as_py(), late=late)


def _days(column: Any) -> Any:
    """Return a column of days as such; raises ``ArrowInvalid`` or ``OverflowError`` where one is none of ours."""
    from pyarrow import compute as pc  # noqa: PLC0415 - an extra
    from pyarrow import date32  # noqa: PLC0415

    days = column.cast(date32())
    # A day before the year 1 or after 9999 is none to Python either, and raises here.
    pc.min_max(days).as_py()
    return days


def _text(column: Any, name: str, pc: Any) -> Any:
    """Return a column as text, None where its kind leaves doubts."""
    from pyarrow import string, types  # noqa: PLC0415 - an extra

    kind = column.type
    if types.is_dictionary(kind) and types.is_string(kind.value_type):
        return column.cast(string())
    if types.is_string(kind):
        return column
    if name in DECIMALS and types.is_integer(kind):
        return column.cast(string())
    if name in DECIMALS and types.is_decimal(kind) and 0 < kind.scale <= _PLACES_MAX:
        return pc.ascii_rtrim(pc.ascii_rtrim(column.cast(string()), "0"), ".")
    return None


def _is_plain(text: Any) -> bool:
    """Return whether the text of a column needs no escapes; raises ``UnicodeDecodeError`` where it is no text."""
    held = text.buffers()[2]
    if held is None:
        return True
    data = held.to_pybytes()
    if not data.isascii():
        data.decode()
    return len(data.translate(None, _ESCAPED)) == len(data)


def _joined(texts: dict[str, Any], pc: Any) -> Any:
    pieces: list[Any] = ['{"type":"trade"']
    for name, text in texts.items():
        member = [f',"{name}":"', text, '"']
        if text.null_count:
            pieces.append(pc.coalesce(pc.binary_join_element_wise(*member, ""), ""))
        else:
            pieces += member
    return pc.binary_join_element_wise(*pieces, "}", "")
