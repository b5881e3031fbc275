"""What a market tells of its alerts, when and why."""

from datetime import date

import pytest
from msgspec.structs import replace

from alerts.model import ChangeKind, Reason
from streams.records import Heartbeat, Status
from streams.reference.floors import AppliesTo, Scope
from streams.reference.fx import FxDaily
from streams.rules.floor_breach import FloorBreach
from streams.rules.sustained_breach import SustainedBreach
from streams.shapes import Kind
from tests.outcomes import LiveRun, end_marks, new_engine, outcome, standing
from tests.sales import PLAIN, on, sale
from tests.strategies import SILICON, logged, usual_floor

OPENED, UPDATED, RETRACTED = ChangeKind.OPENED, ChangeKind.UPDATED, ChangeKind.RETRACTED


class Talk:
    """An engine of one rule, and what each slice makes it say."""

    def __init__(self, *, entries=PLAIN, rule=None):
        self.engine = new_engine(entries, rules=(rule or FloorBreach(),))

    def hear(self, *records):
        """Return kind and reason of what a slice of records is answered with."""
        return _said(self.engine.step([logged(each).value for each in records]))

    def seal(self, day):
        """Let every source come to *day* and four days more, and return what is said."""
        return self.hear(Heartbeat(event_date=on(day + 4)))

    def end(self, day):
        """End the log on *day*, and return what is said."""
        return [said for mark in end_marks(on(day)) for said in _said(self.engine.step([mark.value], kind=mark.kind))]

    def learn(self, entry):
        """Take a reference entry and return what that changes."""
        return _said_all(self.engine.judge_again(self.engine.normaliser.book.apply(entry)))


def _said(step):
    return _said_all(step.told)


def _said_all(told):
    return [(each.change.kind, each.change.reason) for each in told]


def test_a_breach_is_told_at_once():
    """The first record below the floor opens the alert; nobody waits for its day to be complete."""
    assert [(OPENED, Reason.FIRST_BREACH)] == Talk().hear(sale(0, "2.10"))


def test_more_of_the_same_is_told_when_its_day_is_complete():
    """Another record of the same day adds to the sums: that is told once, with the day sealed."""
    talk = Talk()
    talk.hear(sale(0, "2.10"))

    assert [] == talk.hear(sale(0, "2.10", id="more"))
    assert [] == talk.hear(sale(0, "2.10", id="and more"))
    assert [(UPDATED, Reason.STORY_EXTENDED)] == talk.seal(0)
    assert "3000" == standing(talk.engine)[0].evidence["content_below_kg"]


def test_a_worsening_is_told_at_once():
    """A breach of a higher band is news, sealed or not."""
    talk = Talk()
    talk.hear(sale(0, "2.10"))

    assert [(ChangeKind.SEVERITY_RAISED, Reason.WORSENED)] == talk.hear(sale(1, "1"))


def test_an_end_is_told_when_its_day_is_complete():
    """A sale at the floor after a week ends the breach, once no breach can come in time any more."""
    talk = Talk()
    talk.hear(sale(0, "2.10"))

    assert [] == talk.hear(sale(8, "2.30"))
    assert [(ChangeKind.RESOLVED, Reason.CLEARED)] == talk.seal(8)


def test_silence_is_told_as_such():
    """An alert that expires says that nobody traded."""
    talk = Talk()
    talk.hear(sale(0, "2.10"))

    assert [(ChangeKind.EXPIRED, Reason.NO_TRADE)] == talk.end(92)


def test_a_late_breach_opens_what_was_resolved():
    """A record that comes after the end of a breach and before it in time undoes the end, and says why."""
    talk = Talk()
    talk.hear(sale(0, "2.10"), sale(8, "2.30"))
    talk.seal(8)

    assert [(ChangeKind.REOPENED, Reason.LATE_RECORD)] == talk.hear(sale(7, "2.10", id="late"))


def test_a_late_record_of_a_sealed_day_is_told_at_once():
    """What was said of a sealed day is revised when it changes, not when the next day is complete."""
    talk = Talk()
    talk.hear(sale(0, "2.10"))
    talk.seal(0)

    assert [(UPDATED, Reason.LATE_RECORD)] == talk.hear(sale(0, "2.10", id="late"))


def test_a_cancelled_record_retracts_what_stood_on_it():
    """The alert is withdrawn with the reason."""
    talk = Talk()
    lodged = sale(0, "2.10")
    talk.hear(lodged)

    assert [(RETRACTED, Reason.CANCELLED)] == talk.hear(replace(lodged, revision=2, status=Status.CANCELLED))


def test_an_amended_record_revises_what_stood_on_it():
    """A lower value makes it worse, and the reason is the amendment."""
    talk = Talk()
    lodged = sale(0, "2.10")
    talk.hear(lodged)

    assert [(ChangeKind.SEVERITY_RAISED, Reason.AMENDED)] == talk.hear(replace(lodged, revision=2, value="1000"))


def test_an_amendment_of_words_is_told_too():
    """The worst record changed its exporter and no amount: the alert shows the exporter, so it is told."""
    talk = Talk()
    lodged = sale(0, "2.10")
    talk.hear(lodged)
    talk.seal(0)

    assert [(UPDATED, Reason.AMENDED)] == talk.hear(replace(lodged, revision=2, exporter="E1"))
    assert "E1" == standing(talk.engine)[0].evidence["worst_record"]["exporter"]


def test_the_reason_of_a_correction_waits_with_it():
    """An amendment that is told only with its sealed day still says that it was one."""
    talk = Talk()
    lodged = sale(0, "2.10")
    talk.hear(lodged)

    assert [] == talk.hear(replace(lodged, revision=2, value="2050"))
    assert [(UPDATED, Reason.AMENDED)] == talk.seal(0)


def test_a_duplicate_is_not_told():
    """The same record again changes nothing that anyone heard."""
    talk = Talk()
    talk.hear(sale(0, "2.10"))
    talk.seal(0)

    assert [] == talk.hear(sale(0, "2.10"))
    assert [] == talk.end(1)


def test_an_alert_that_comes_back_keeps_its_id_and_counts_on():
    """Retracted and opened again, the episode of one scope and day is one alert with one numbering."""
    engine = new_engine(PLAIN, rules=(FloorBreach(),))
    lodged = sale(0, "2.10")
    revisions = [lodged, replace(lodged, revision=2, value="2300"), replace(lodged, revision=3, value="2100")]
    told = [each.change for record in revisions for each in engine.step([logged(record).value]).told]

    assert [(1, OPENED), (2, RETRACTED), (3, OPENED)] == [(change.seq, change.kind) for change in told]
    assert 1 == len({change.alert_id for change in told})


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        pytest.param(replace(usual_floor(SILICON), value="2"), [(RETRACTED, Reason.REFERENCE_CHANGED)], id="lower"),
        pytest.param(
            replace(usual_floor(SILICON), value="5"),
            [(ChangeKind.SEVERITY_RAISED, Reason.REFERENCE_CHANGED)],
            id="higher",
        ),
        pytest.param(
            replace(usual_floor(SILICON), legal_basis="Order 9"), [(UPDATED, Reason.REFERENCE_CHANGED)], id="in-words"
        ),
        pytest.param(usual_floor(SILICON), [], id="the-same"),
        pytest.param(replace(usual_floor(SILICON), version=2, effective_from=on(50)), [], id="for-later"),
    ],
)
def test_a_floor_that_is_published_anew_revises_what_stood_on_it(entry, said):
    """New reference data is judged by at once, and by nobody whom it does not concern."""
    talk = Talk()
    talk.hear(sale(0, "2.10"))
    talk.end(30)

    assert said == talk.learn(entry)


def test_a_rate_that_comes_late_prices_what_waited_for_it():
    """A record held for want of a rate is judged when the rate is published."""
    talk = Talk()

    assert [] == talk.hear(sale(0, "2", currency="EUR"))
    assert [(OPENED, Reason.REFERENCE_CHANGED)] == talk.learn(FxDaily(day=on(-1), rates={"USD": "1.05"}))


def test_a_rate_that_is_published_anew_is_the_one_that_counts():
    """What was worked out by the first rate is worked out again."""
    talk = Talk(entries=(*PLAIN, FxDaily(day=on(0), rates={"USD": "1.20"})))

    assert [] == talk.hear(sale(0, "2", currency="EUR"))
    assert [(OPENED, Reason.REFERENCE_CHANGED)] == talk.learn(FxDaily(day=on(0), rates={"USD": "1.05"}))


def test_a_floor_that_names_an_exporter_parts_its_rows_from_the_others():
    """Rows that shared a posting are judged apart once a floor tells their exporters apart."""
    talk = Talk()
    talk.hear(sale(0, "2.50", exporter="E1", id="named"), sale(0, "2.50", exporter="E2", id="other"))
    own = replace(
        usual_floor(SILICON), floor_id="own", value="3", applies_to=AppliesTo(scope=Scope.EXPORTERS, exporters=("E1",))
    )

    assert [(OPENED, Reason.REFERENCE_CHANGED)] == talk.learn(own)
    assert 1 == standing(talk.engine)[0].evidence["records_below"]


def test_a_window_is_not_lost_in_a_restart():
    """Days that were not complete when a worker stopped are judged when they are, though nothing more came of them."""
    live = LiveRun(PLAIN)
    live.step(Kind.TRADE, [logged(sale(day, "2")).value for day in range(3)])
    live.crash()
    for mark in end_marks(on(2)):
        live.step(mark.kind, [mark.value])

    assert SustainedBreach.name in {alert.rule for alert in standing(live.engine)}


def test_a_market_that_comes_after_the_end_is_sealed_like_the_others():
    """A mineral of which nothing was known at the end of a log is judged as if it had been there."""
    late, timely = Talk(rule=SustainedBreach()), Talk(rule=SustainedBreach())
    records = [sale(day, "2") for day in range(3)]
    late.end(30)
    late.hear(*records)
    timely.hear(*records)
    timely.end(30)

    assert outcome(timely.engine) == outcome(late.engine)
    assert 1 == len(standing(late.engine))


def test_records_that_agree_in_all_but_their_id_are_named():
    """Perhaps one consignment was declared twice: both count, and the pair is there to be asked about."""
    talk = Talk()
    other = sale(0, "2.10", id="B", exporter="E1")
    cancelled = replace(sale(0, "2.10", id="C"), revision=2, status=Status.CANCELLED)
    talk.hear(sale(0, "2.10", id="A"), sale(0, "2.10", id="A2"), other, sale(0, "2.10", id="C"), cancelled)

    assert [("A", "A2")] == talk.engine.market("silicon").twins()
    assert 3 == standing(talk.engine)[0].evidence["records"]


def test_a_day_long_past_is_judged_like_any_other():
    """History has no horizon: a breach of the last century is one."""
    floor = replace(usual_floor(SILICON), effective_from=date(1970, 1, 1), announced_at=date(1970, 1, 1))
    talk = Talk(entries=(PLAIN[0], floor))

    assert [(OPENED, Reason.FIRST_BREACH)] == talk.hear(sale(0, "2", event_date=date(1971, 5, 1)))


@pytest.mark.parametrize("days", [pytest.param(days, id=f"{days}-days-later") for days in (29, 95, 400)])
def test_a_correction_of_what_was_sealed_long_ago_counts_as_one_of_yesterday(days):
    """Where rows were posted is let go of after two months; it is found again, and sums and alerts are as ever."""
    talk = Talk()
    talk.hear(sale(0, "2.10", id="A"), sale(0, "2.20", id="B"), sale(1, "2.15", id="C"))
    talk.seal(days)

    assert (days < 60) == (len(talk.engine.market("silicon").postings[1]) == 2)

    talk.hear(replace(sale(0, "9.10", id="A"), revision=2), sale(0, "2.05", id="D"))
    anew = Talk()
    anew.hear(replace(sale(0, "9.10", id="A"), revision=2), sale(0, "2.20", id="B"), sale(1, "2.15", id="C"))
    anew.hear(sale(0, "2.05", id="D"))
    anew.seal(days)

    assert outcome(anew.engine) == outcome(talk.engine)
