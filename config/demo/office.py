"""What an office does with a sample (办理): hand it back, sign, speak with the enterprise, reply."""

from appeals import asking, handling
from appeals.states import Outcome
from chains.taxonomy import FALLBACK_OFFICE, Role
from config.demo import beside, filing
from config.demo.life import Life, Steps
from config.demo.samples import Turn
from config.demo.town import PHRASES, care


def take_on(life: Life) -> Steps:
    """From the dispatch to the first word with the enterprise."""
    yield from _hand_back(life)
    yield from _assign(life)
    case = life.case
    at = yield life.by(case.dispatched_at, case.sign_by, late=_late(life) * 0.5)
    life.did(handling.sign(case, by=life.handler(), at=at))
    yield from contact(life)
    yield from _talk(life)
    yield from beside.at_work(life)


def contact(life: Life) -> Steps:
    at = yield life.by(life.case.signed_at, life.case.contact_by, late=_late(life) * 0.5)
    life.did(handling.contact(life.case, by=life.handler(), note=life.says("contact"), at=at))


def reply(life: Life) -> Steps:
    case = life.case
    began = case.dispatched_at if case.round == 1 else case.signed_at
    at = yield life.by(began, case.resolve_by, late=_late(life) * 1.2)
    life.outcome = _outcome(life)
    life.words = {
        Outcome.SOLVED: life.text.reply,
        Outcome.PARTLY: f"{life.text.reply}{life.says('partly')}",
        Outcome.EXPLAINED: life.says("explained"),
    }[life.outcome]
    life.did(handling.reply(case, by=life.handler(), outcome=life.outcome, text=life.words, at=at))


def revise(life: Life) -> Steps:
    """The reviewer sent the reply back: say it better."""
    at = yield life.after(60, 400)
    words = f"{life.words}{PHRASES['revised']}"
    life.did(handling.reply(life.case, by=life.handler(), outcome=life.outcome, text=words, at=at))


def _late(life: Life) -> float:
    """How often the lead is late."""
    return 0.04 + 0.24 * (1 - care(life.case.lead_id))


def _outcome(life: Life) -> Outcome:
    if life.case.round > 1:
        return Outcome.SOLVED
    good = 0.5 + 0.34 * care(life.case.lead_id)
    drawn = life.rng.random()
    if drawn < good:
        return Outcome.SOLVED
    return Outcome.PARTLY if drawn < good + (1 - good) * 0.65 else Outcome.EXPLAINED


def _hand_back(life: Life) -> Steps:
    """Back because the machine chose wrongly; refused because an office only tries; or waiting for its decision."""
    case, topic = life.case, life.town.topics[life.text.topic]
    right = life.town.responsible(case, topic, case.level).lead
    if case.topic_id != topic.pk and right != case.lead_id and not life.sample.last:
        yield from _ask(life, right, PHRASES["wrong_office"])
        yield from _decide(life, granted=True)
        at = yield life.by(life.now, life.case.triage_by, late=0.05)
        filing.by_hand(life, at)
    elif life.sample.turn == Turn.REFUSED_HAND_BACK or life.sample.last == "hand_back":
        yield from _ask(life, _another(life), life.says("refused_reason"))
        yield from _decide(life, granted=False)


def _another(life: Life) -> str:
    """Whom the lead would rather see in its place."""
    helpers = [code for code in life.case.supporting if code != life.case.complained_of_id]
    spare = FALLBACK_OFFICE if life.case.lead_id != FALLBACK_OFFICE else "330800-FGW"
    return helpers[0] if helpers else spare


def _ask(life: Life, proposed: str, words: str) -> Steps:
    at = yield life.after(40, 300)
    office = life.town.offices[proposed]
    reason = words.format(office=office.name)
    life.did(asking.hand_back(life.case, by=life.handler(), reason=reason, proposed_lead=office, at=at))


def _decide(life: Life, *, granted: bool) -> Steps:
    at = yield life.after(30, 380)
    by = life.centre()
    if by.user_id == life.case.dispatched_by_id:  # whoever dispatched it does not decide
        by = life.town.holder(Role.DIRECTOR)
    reason = life.says("granted" if granted else "refused")
    life.did(asking.decide_hand_back(life.case, by=by, granted=granted, reason=reason, at=at))


def _assign(life: Life) -> Steps:
    if life.happens(0.15):
        at = yield life.after(10, 45)
        head = life.town.holder(Role.HEAD, life.case.lead_id)
        handler = life.rng.choice(life.town.holders(Role.HANDLER, life.case.lead_id))
        life.did(handling.assign(life.case, by=head, handler=handler, at=at))


def _talk(life: Life) -> Steps:
    """A line for the file, a word from the enterprise and its answer, now and then."""
    if life.happens(0.25):
        at = yield life.after(20, 500)
        life.did(handling.note(life.case, by=life.handler(), text=life.says("note"), at=at))
    if life.happens(0.18):
        at = yield life.after(30, 500)
        life.did(handling.message(life.case, by=life.member, text=life.says("message"), at=at))
        at = yield life.after(20, 240)
        life.did(handling.message(life.case, by=life.handler(), text=life.says("answer"), at=at))
