"""
The arithmetic that an alert carries, and its recomputation.

Evidence states each figure with the expression it came from, over the very numbers that stand beside it,
so that a person can check it by hand and :func:`check` can check all of it.  An expression is plain
arithmetic over decimal literals: ``17500 * 1.10``, ``(22000 - 21825.763956) * 9.0718474``,
``max(0, 9500 - 10000)``; ``p/q`` is a division like any other.  Nothing in it is ever evaluated as code,
and no number becomes a binary float.
"""

import re
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Final, NamedTuple

import msgspec

PLACES: Final = 6
LENGTH_MAX: Final = 4_000
"""Characters of an expression; also keeps every number below what the interpreter will print."""
DEPTH_MAX: Final = 40
_RESULT_LENGTH_MAX: Final = 200

_TOKEN: Final = re.compile(r" *(?:([0-9]+(?:\.[0-9]+)?)|([a-z]+)|([-+*/(),]))")
_RESULT: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+|/0*[1-9][0-9]*)?")
_FUNCTIONS: Final[dict[str, Callable[[Iterable[Fraction]], Fraction]]] = {"max": max, "min": min}


class ExpressionError(ValueError):
    """Raised when text is not plain arithmetic; the message says what was found, and where."""


class UndefinedResultError(ExpressionError):
    """Raised when an expression divides by zero: it has no result."""


class Step(msgspec.Struct, frozen=True):
    """One line of arithmetic as evidence carries it."""

    label: str
    expression: str
    result: str
    """Decimal text as printed, ``p/q``, or empty where the expression has no result."""
    unit: str


class Mismatch(msgspec.Struct, frozen=True, kw_only=True):
    """A line whose printed result is not what its expression comes to."""

    step: Step
    recomputed: str | None
    """At the decimals of the printed result; None where the expression cannot be worked out."""
    difference: str | None
    """Printed less recomputed."""
    problem: str
    """What is wrong, in words."""


def evaluate(expression: str) -> Fraction:
    """
    Return what *expression* comes to, exactly.

    Takes decimal literals, ``+ - * /``, unary minus, parentheses, ``max(...)`` and ``min(...)``.  Raises
    :class:`ExpressionError` for anything else, for more than ``LENGTH_MAX`` characters and for nesting deeper than
    ``DEPTH_MAX``; :class:`UndefinedResultError` for a division by zero.
    """
    if len(expression) > LENGTH_MAX:
        raise ExpressionError(
            f"an expression of {len(expression)} characters is too long: at most {LENGTH_MAX} are taken"
        )
    return _Parser(expression).whole()


def check(steps: Iterable[Step]) -> list[Mismatch]:
    """
    Recompute every step and return those that do not hold.

    A printed decimal is compared at its own number of decimals, rounded half up (halves away from zero); ``p/q``
    is compared exactly; an empty result holds where the expression has none.
    """
    return [found for step in steps if (found := mismatch(step)) is not None]


def mismatch(step: Step) -> Mismatch | None:
    """Return how *step* fails to hold, None where it holds."""
    try:
        value = evaluate(step.expression)
    except UndefinedResultError as e:
        return _broken(step, str(e)) if step.result else None
    except ExpressionError as e:
        return _broken(step, str(e))
    if len(step.result) > _RESULT_LENGTH_MAX or not _RESULT.fullmatch(step.result):
        return _broken(step, "the printed result is not a number", recomputed=rounded(value))
    return _compared(step, value)


def places(printed: str) -> int:
    """Return how many decimals *printed* has."""
    return len(printed.partition(".")[2])


def rounded(value: Fraction, decimals: int = PLACES) -> str:
    """Return *value* as decimal text of exactly *decimals* decimals, rounded half up (halves away from zero)."""
    scaled = abs(value) * 10**decimals
    digits = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    whole, rest = divmod(digits, 10**decimals)
    sign = "-" if value < 0 and digits else ""
    return f"{sign}{whole}.{rest:0{decimals}d}" if decimals else f"{sign}{whole}"


def _compared(step: Step, value: Fraction) -> Mismatch | None:
    printed = Fraction(step.result)
    if "/" in step.result:
        recomputed, difference = str(value), printed - value
    else:
        recomputed = rounded(value, places(step.result))
        difference = printed - Fraction(recomputed)
    if difference == 0:
        return None
    shown = str(difference) if "/" in step.result else rounded(difference, places(step.result))
    return Mismatch(
        step=step,
        recomputed=recomputed,
        difference=shown,
        problem=f"printed {step.result}, recomputed {recomputed}",
    )


def _broken(step: Step, problem: str, recomputed: str | None = None) -> Mismatch:
    return Mismatch(step=step, recomputed=recomputed, difference=None, problem=problem)


class _Token(NamedTuple):
    """A number, a name or a sign, and where it starts."""

    text: str
    at: int


def _tokens(expression: str) -> list[_Token]:
    tokens = []
    text = expression.rstrip(" ")
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ExpressionError(
                f"expected a number, a sign, max or min, found {text[at:].lstrip(' ')[:1]!r} at character {at + 1}"
            )
        tokens.append(_Token(found[found.lastindex or 0], found.start(found.lastindex or 0)))
        at = found.end()
    return tokens


class _Parser:
    """Recursive descent over the tokens; products before sums, from left to right."""

    def __init__(self, expression: str) -> None:
        self._tokens = _tokens(expression)
        self._next = 0
        self._depth = 0

    def whole(self) -> Fraction:
        value = self._sum()
        if self._next < len(self._tokens):
            self._refuse("the end")
        return value

    def _sum(self) -> Fraction:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise ExpressionError(f"an expression may be {DEPTH_MAX} levels deep, this one is deeper")
        value = self._product()
        while sign := self._take("+-"):
            value = value + self._product() if sign == "+" else value - self._product()
        self._depth -= 1
        return value

    def _product(self) -> Fraction:
        value = self._signed()
        while sign := self._take("*/"):
            factor = self._signed()
            if sign == "*":
                value *= factor
            elif factor:
                value /= factor
            else:
                raise UndefinedResultError("a division by zero has no result")
        return value

    def _signed(self) -> Fraction:
        negative = False
        while self._take("-"):
            negative = not negative
        value = self._operand()
        return -value if negative else value

    def _operand(self) -> Fraction:
        text = self._peek()
        if text[:1].isdigit():
            self._next += 1
            return Fraction(text)
        if text in _FUNCTIONS:
            self._next += 1
            self._expect("(")
            return _FUNCTIONS[text](self._arguments())
        self._expect("(")
        value = self._sum()
        self._expect(")")
        return value

    def _arguments(self) -> list[Fraction]:
        values = [self._sum()]
        while self._take(","):
            values.append(self._sum())
        self._expect(")")
        return values

    def _peek(self) -> str:
        return self._tokens[self._next].text if self._next < len(self._tokens) else ""

    def _take(self, signs: str) -> str:
        text = self._peek()
        if not text or text not in signs:
            return ""
        self._next += 1
        return text

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            self._refuse("a number or a parenthesis" if sign == "(" else f"{sign!r}")

    def _refuse(self, expected: str) -> None:
        if self._next == len(self._tokens):
            raise ExpressionError(f"expected {expected}, found the end")
        token = self._tokens[self._next]
        raise ExpressionError(f"expected {expected}, found {token.text!r} at character {token.at + 1}")
