"""Putting an engine together from settings: the one place where both drivers get the same engine."""

import gc
from functools import cache
from pathlib import Path

from streams.engine import Engine, EngineSettings
from streams.market import Rules
from streams.normalise import Normaliser
from streams.rules import RULES
from streams.rules.digest import rules_digest
from streams.rules.rule_file import read_rules
from streams.scratch import Scratch
from streams.settings import Settings


def new_engine(settings: Settings, normaliser: Normaliser, rules: Rules | None = None) -> Engine:
    """
    Return an engine as *settings* say; engines that share a normaliser share its reference book.

    *rules* are judged by instead of those that *settings* name, where given.
    """
    lateness = settings.allowed_lateness_days
    return Engine(
        rules=rules_of(settings) if rules is None else rules,
        normaliser=normaliser,
        settings=EngineSettings(
            grace_days=settings.grace_days,
            allowed_lateness_days=None if lateness < 0 else lateness,
            future_skew_days=settings.future_skew_days,
        ),
        extents=Scratch(settings.scratch_dir),
    )


def rules_of(settings: Settings) -> Rules:
    """
    Return the rules as the rule file of *settings* sets them, as shipped where there is none.

    Raises :class:`streams.reference.schedule_file.ScheduleErrors` with all that is wrong with the file, or ``OSError``.
    """
    return _rules_of(settings.rules)


@cache
def _rules_of(name: str) -> Rules:
    rules = read_rules(Path(name).read_text(encoding="utf-8-sig"), name, RULES) if name else RULES
    return Rules(rules, rules_digest(rules))


def spare_the_collector() -> None:
    """
    Let the cycle collector run seldom: an engine's rows and cells live long and hold no cycles.

    For drivers that own their process; at its usual pace the collector walks all of the state again and again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)
