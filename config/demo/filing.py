"""A sample is filed, and where the machine was not sure a person of the centre decides (受理·研判)."""

from appeals import dispatch, followup, intake, texts
from appeals.models import Appeal
from appeals.states import Actor
from chains.taxonomy import Role
from config.demo import beside
from config.demo.life import Life, Steps, Waits
from config.demo.samples import Turn


def file(life: Life) -> Steps:
    source, by = _source(life)
    accused = life.town.offices.get(life.text.complained_of)
    filing = intake.Filing(
        title=texts.cleaned(life.text.title, one_line=True),
        description=texts.cleaned(life.text.description),
        enterprise=life.enterprise,
        anonymous=life.happens(0.02),
        complained_of=accused,
        contact_name=life.member.name,
        contact_phone=f"13805700{life.rng.randrange(1000):03d}",
        source=source,
        wants_person=bool(life.sample.last) or life.sample.turn == Turn.DECLINED,
    )
    life.now = yield life.sample.filed_at
    life.case = intake.accept(filing, by=by, at=life.now)
    if life.sample.last == "file":
        raise Waits


def _source(life: Life) -> tuple[str, Actor]:
    drawn = life.rng.random()
    if drawn < 0.08 and life.enterprise.park_id:
        return Appeal.Source.STATION, life.town.holder(Role.STATION, life.enterprise.park_id)
    if drawn > 0.92:
        return Appeal.Source.PHONE, life.centre()
    return Appeal.Source.WEB, life.member


def triage(life: Life) -> Steps:
    """Declined, withdrawn before anybody looked, or dispatched."""
    at = yield life.by(life.now, life.case.triage_by, late=0.06)
    if life.sample.last in beside.AT_THE_DESK:
        yield from beside.at_the_desk(life, at)
    elif life.sample.turn == Turn.DECLINED:
        ground, explanation = life.text.ground, life.text.reply
        life.did(dispatch.decline(life.case, by=life.centre(), ground=ground, explanation=explanation, at=at))
    elif life.sample.turn == Turn.WITHDRAWN and life.rng.random() < 0.3:
        withdraw(life, at)
    else:
        by_hand(life, at)


def by_hand(life: Life, at) -> None:
    """Dispatch to whoever the duties name for what the text is really about."""
    case, topic = life.case, life.town.topics[life.text.topic]
    level = case.level if case.topic_id == topic.pk else topic.level
    found = life.town.responsible(case, topic, level)
    office = life.town.offices
    support = [office[code] for code in found.supporting]
    life.did(
        dispatch.dispatch(
            case, by=life.centre(), topic=topic, level=level, lead=office[found.lead], support=support, at=at
        )
    )


def withdraw(life: Life, at) -> None:
    life.did(followup.withdraw(life.case, by=life.member, reason=life.says("withdraw"), at=at))
