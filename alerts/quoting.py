"""The levy question as the API asks it: what it needs of floors is handed in by whoever starts the server."""

from typing import Any, Protocol

import msgspec

from alerts.arithmetic import Step


class NoQuoteError(Exception):
    """Raised where the question has no answer, or makes no sense; says what is missing and what to do."""

    def __init__(self, reason: str, detail: str, *, is_question_wrong: bool = False) -> None:
        super().__init__(detail)
        self.reason = reason
        self.is_question_wrong = is_question_wrong
        """Whether the goods or figures asked about cannot be right, as against a floor or rate that is not there."""


class QuoteQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """Goods at a price, about to be declared."""

    product: str
    origin: str
    destination: str
    date: str
    price: str
    currency: str
    unit: str
    incoterm: str
    price_of: str | None = None
    grade_pct: str | None = None
    moisture_pct: str | None = None
    hs_code: str | None = None
    regime: str | None = None
    quantity: str | None = None


class QuoteAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The floor for these goods, and what would be charged; amounts are decimal text, the unit in the name."""

    product: str
    origin: str
    destination: str
    date: str
    price: str
    currency: str
    unit: str
    incoterm: str
    quantity: str
    zone: str
    status: str
    """Of the floor: in_force, illustrative ..."""
    floor: dict[str, str | None]
    """The facts of the floor: its name, instrument, legal basis, value and unit, dates and source."""
    on_floor_basis: dict[str, str]
    """Price, floor, gap and levy in the floor's own currency and unit."""
    outcome: str
    breach: bool
    severity: str | None
    floor_usd_per_unit: str
    landed_usd_per_unit: str
    gap_usd_per_unit: str
    gap_pct: str | None
    levy_usd_per_unit: str
    levy_usd: str
    ad_valorem_pct: str | None
    steps: tuple[Step, ...]
    notes: tuple[str, ...]
    notice: str


class Quoter(Protocol):
    """What answers questions about floors."""

    async def __call__(self, question: QuoteQuestion, *, confidential: bool) -> QuoteAnswer:
        """Answer *question*, with the confidential floors or as if they were not; raises :class:`NoQuoteError`."""


def as_answer(said: dict[str, Any]) -> QuoteAnswer:
    """Return the answer in JSON values; raises :class:`msgspec.ValidationError` where they are not one."""
    return msgspec.convert(said, QuoteAnswer)
