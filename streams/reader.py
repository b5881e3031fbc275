"""Writing alerts: what a market knows of the records and floors behind an episode, in words and figures."""

from datetime import date
from fractions import Fraction
from typing import Any, Final, Protocol

from alerts.model import Alert, State, alert_id
from streams.cells import Cell, Lane
from streams.episodes import NEVER, Ending, Episode
from streams.exact import decimal_text, micros_text
from streams.memory import RowMemory
from streams.normalise import Normaliser
from streams.posting import Against, Amounts, Posting
from streams.pricing import factor_text
from streams.reference.fx import FLUCTUATION, FxRate
from streams.reference.levy import LevyKind
from streams.reference.levy_expression import levy_expression
from streams.rules.evidence import day_text, kg, line, pct, usd, usd_per_kg
from streams.rules.rule import Rule
from streams.rules.scope import Scope
from streams.shapes import Interned, Shape

_CHARGED: Final = frozenset({LevyKind.LEVIED, LevyKind.GRADUATED, LevyKind.CAPPED})
_STATES: Final = {Ending.RESOLVED: State.RESOLVED, Ending.EXPIRED: State.EXPIRED, None: State.FIRING}


class Rows(Protocol):
    """What of a market is read: its rows, what their numbers stand for, and where each is posted."""

    memory: RowMemory
    shapes: Interned[Shape]
    parties: Interned[tuple[str, str]]
    normaliser: Normaliser

    def row_posting(self, row: int) -> Posting:
        """Return where a remembered row is posted."""


class MarketReader:
    """Answers rules that write evidence, and puts the alert together."""

    def __init__(self, market: Rows, rule_set: str) -> None:
        self._market = market
        self._rule_set = rule_set

    def alert(self, rule: Rule, scope: Scope, episode: Episode) -> Alert:
        """Return the alert of an episode."""
        words = rule.words(scope, episode, self)
        story = rule.story(episode)
        chapters = [{"on": day_text(day), "severity": str(severity)} for day, severity in story]
        if episode.ending is not None:
            chapters.append({"on": day_text(episode.closed), "state": str(_STATES[episode.ending])})
        names = words.evidence.get("floors", ())
        zones = sorted({floor["zone"] for floor in names})
        updated = episode.closed or max(episode.last_breach, episode.opened)
        return Alert(
            id=alert_id(rule.name, scope.key.names(), date.fromordinal(episode.start)),
            rule=rule.name,
            rule_set=self._rule_set,
            severity=rule.severity(episode),
            state=_STATES[episode.ending],
            product=scope.key.product,
            origin=scope.key.origin or None,
            destination=scope.key.destination or None,
            zone=", ".join(zones) or None,
            opened_at=_instant(episode.start),
            updated_at=_instant(updated),
            resolved_at=None if episode.closed == NEVER else _instant(episode.closed),
            summary=words.summary,
            evidence=words.evidence | {"story": chapters},
            revision=len(chapters),
        )

    def worst(self, lane: Lane, day: int) -> dict[str, Any] | None:
        """Return the day's record furthest below its floor, as a part of it; of equals the one with the first id."""
        cell = lane.cells[day]
        self._search_worst(cell)
        return None if cell.worst is None else self._record(cell.worst[2])

    def suspects(self, lane: Lane, day: int, most: int) -> list[dict[str, Any]]:
        """Return the day's records whose unit is in doubt."""
        memory = self._market.memory
        rows = [row for row in memory.chained(lane.cells[day].last) if not memory.replaced[row] and self._slip(row)]
        rows.sort(key=memory.record_id)
        return [self._suspect(row) for row in rows[:most]]

    def floor(self, name: str, day: int) -> dict[str, Any]:
        """Return what a reader needs to know of the floor ``id@version`` as it was on *day*, or last before."""
        periods = self._market.normaliser.book.floors.named(name)
        on = date.fromordinal(day)
        return next((each for each in reversed(periods) if each.effective_from <= on), periods[0]).facts()

    def _search_worst(self, cell: Cell) -> None:
        """Look at the rows that came since the last search."""
        memory = self._market.memory
        for row in memory.chained(cell.last, cell.searched):
            if memory.replaced[row] or (against := self._below(row)) is None:
                continue
            amounts = against.amounts(memory.value[row], memory.quantity[row])
            found = (amounts.value_uusd, amounts.floor_uusd, row)
            if cell.worst is None or self._worse(found, cell.worst):
                cell.worst = found
        cell.searched = cell.last

    def _below(self, row: int) -> Against | None:
        memory = self._market.memory
        posting = self._market.row_posting(row)
        if not posting.floored or posting.slip(memory.value[row], memory.quantity[row]):
            return None
        against = posting.first
        return against if against.amounts(memory.value[row], memory.quantity[row]).below else None

    def _worse(self, found: tuple[int, int, int], held: tuple[int, int, int]) -> bool:
        ours, theirs = found[0] * held[1], held[0] * found[1]
        record_id = self._market.memory.record_id
        return ours < theirs or (ours == theirs and record_id(found[2]) < record_id(held[2]))

    def _slip(self, row: int) -> str | None:
        memory = self._market.memory
        posting = self._posting(row)
        return posting.slip(memory.value[row], memory.quantity[row])

    def _posting(self, row: int) -> Posting:
        return self._market.row_posting(row)

    def _record(self, row: int) -> dict[str, Any]:
        """Return a record that lies below its floor, with the arithmetic from what was declared to the levy."""
        memory = self._market.memory
        posting, against = self._posting(row), self._posting(row).first
        amounts = against.amounts(memory.value[row], memory.quantity[row])
        levy = against.levy_uusd(amounts, memory.quantity[row])
        gap = pct(amounts.floor_uusd - amounts.value_uusd, amounts.floor_uusd)
        terms = against.terms
        shape = self._market.shapes.keys[memory.shape[row]]
        value, quantity = micros_text(memory.value[row]), micros_text(memory.quantity[row])
        content_factor = posting.pricing.judgements[0].content_kg
        levy_lines, levy_notes = _levy_story(against, amounts, memory.quantity[row])
        return (
            self._declared(row)
            | self._at_benchmark(shape.currency, memory.day[row], against, amounts)
            | {
                "floor": terms.floor.name if terms else None,
                "landed_value_usd": usd(amounts.value_uusd),
                "floor_value_usd": usd(amounts.floor_uusd),
                "content_kg": kg(amounts.content_mg),
                "landed_price_usd_per_kg": usd_per_kg(amounts.value_uusd, amounts.content_mg),
                "floor_usd_per_kg": usd_per_kg(amounts.floor_uusd, amounts.content_mg),
                "gap_pct": gap,
                "levy_usd": usd(levy),
                "notes": [
                    *self._market.normaliser.rate_notes(shape, memory.day[row]),
                    *posting.pricing.notes,
                    *levy_notes,
                ],
                "trail": [
                    line(
                        "landed value",
                        value + factor_text(*posting.pricing.value_factors),
                        usd(amounts.value_uusd),
                        "USD",
                    ),
                    line("content", quantity + factor_text(content_factor), kg(amounts.content_mg), "kg"),
                    line(
                        "floor value",
                        quantity + factor_text(*(terms.factors if terms else ())),
                        usd(amounts.floor_uusd),
                        "USD",
                    ),
                    line(
                        "gap",
                        f"({usd(amounts.floor_uusd)} - {usd(amounts.value_uusd)}) / {usd(amounts.floor_uusd)} * 100",
                        gap,
                        "%",
                    ),
                    *levy_lines,
                ],
            }
        )

    def _at_benchmark(self, currency: str, day: int, against: Against, amounts: Amounts) -> dict[str, Any]:
        """Return what a breach comes to at the 40-day average rate, where it is none at that; else nothing."""
        if against.terms is None or currency == against.terms.floor.currency:
            return {}
        fx, to, on = self._market.normaliser.book.fx, against.terms.floor.currency, date.fromordinal(day)
        held, benchmark = fx.rate(currency, to, on), fx.benchmark(currency, to, on)
        if not isinstance(held, FxRate) or benchmark is None:
            return {}
        landed = Fraction(against.landed_uusd(amounts.value_uusd), 1) * benchmark.rate / held.rate
        if landed < amounts.floor_uusd * (1 - against.terms.tolerance):
            return {}
        gap = decimal_text(100 * (amounts.floor_uusd - landed) / amounts.floor_uusd)
        return {
            "fx_benchmark": {
                "note": f"no breach at the average {currency}/{to} rate of {benchmark.publications} working days: "
                "it is the rate of the day that takes the price below the floor",
                "rate": decimal_text(held.rate),
                "rate_of": f"{held.publisher}, {held.rate_date}",
                "average_rate": decimal_text(benchmark.rate),
                "average_of": f"{benchmark.publisher}, {benchmark.first} to {benchmark.last}",
                "rate_off_average_pct": decimal_text(100 * (held.rate - benchmark.rate) / benchmark.rate),
                "fluctuating": abs(held.rate - benchmark.rate) > FLUCTUATION * benchmark.rate,
                "gap_at_average_pct": gap,
                "basis": "61 FR 9434 (policy bulletin 96-1): the average of 40 working days; 2.25 % off it fluctuates",
            }
        }

    def _suspect(self, row: int) -> dict[str, Any]:
        """Return a record whose unit is in doubt, against the benchmark it was measured by."""
        memory = self._market.memory
        posting = self._posting(row)
        amounts = posting.first.amounts(memory.value[row], memory.quantity[row])
        quartiles = posting.slips.quartiles if posting.slips else None
        median = usd(quartiles.median) if quartiles else "1"
        price = usd_per_kg(amounts.value_uusd, amounts.content_mg)
        ratio = Fraction(price or "0") / Fraction(median)
        return self._declared(row) | {
            "slip": self._slip(row),
            "unit_value_usd_per_kg": price,
            "usual_unit_value_usd_per_kg": median,
            "arithmetic": [line("unit value over the usual one", f"{price} / {median}", decimal_text(ratio), "")],
        }

    def _declared(self, row: int) -> dict[str, Any]:
        memory = self._market.memory
        shape = self._market.shapes.keys[memory.shape[row]]
        exporter, importer = self._market.parties.keys[memory.party[row]]
        return {
            "record_id": memory.record_id(row),
            "revision": memory.revision[row],
            "event_date": day_text(memory.day[row]),
            "exporter": exporter or None,
            "importer": importer or None,
            "hs_code": shape.hs_code or None,
            "declared_value": micros_text(memory.value[row]),
            "currency": shape.currency,
            "incoterm": shape.incoterm or None,
            "declared_quantity": micros_text(memory.quantity[row]),
            "unit": shape.unit,
            "grade_pct": shape.grade_pct or None,
        }


def _levy_story(against: Against, amounts: Amounts, quantity: int) -> tuple[list[dict[str, str]], list[str]]:
    """Return a record's levy as lines of arithmetic; a note instead where its floor charges nothing."""
    terms = against.terms
    if terms is None:
        return [], []
    kind = against.assessed(amounts, quantity, terms).kind
    if kind not in _CHARGED:
        return [], [f"no levy is charged: {kind.replace('_', ' ')}"]
    landed = usd(against.landed_uusd(amounts.value_uusd))
    lines = []
    if terms.landed_ratio != 1:
        expression = usd(amounts.value_uusd) + factor_text(terms.landed_ratio)
        lines.append(line("landed value on the floor's own basis", expression, landed, "USD"))
    charge = levy_expression(usd(amounts.floor_uusd), landed, micros_text(quantity), terms.levy)
    return [*lines, line("levy", charge, usd(against.levy_uusd(amounts, quantity)), "USD")], []


def _instant(day: int) -> str:
    return f"{date.fromordinal(day).isoformat()}T00:00:00Z"
