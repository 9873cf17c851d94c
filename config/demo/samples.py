"""What is filed in the demo, by whom and when: the same every time, counted back from today. Decides only."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import cycle
from random import Random

from chains.taxonomy import Chain, Level
from config.demo.texts import Text
from routing.workdays import Workdays

FULL_MONTHS = 7


@dataclass(frozen=True)
class Firm:
    """An enterprise as far as it matters for what it files. `weight`: how much more often than others."""

    pk: int
    industry: str
    of_the_city: bool  # without a county: the city's own offices lead
    weight: int = 1


class Turn(StrEnum):
    """What happens on the way, beside what chance brings."""

    PLAIN = "plain"
    QUICK = "quick"  # a matter soon done, and the enterprise soon says what it thinks
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    REFUSED_HAND_BACK = "refused_hand_back"
    SENT_BACK = "sent_back"


@dataclass(frozen=True)
class Sample:
    serial: int
    filed_at: datetime
    text: Text
    firm: Firm
    turn: Turn = Turn.PLAIN
    last: str = ""  # the verb after which it waits today; empty: it goes its way


@dataclass(frozen=True)
class Waiting:
    """One that stands at a step today: topic, firm by its place, last verb, working minutes since filing."""

    topic: str
    firm: int | None
    last: str
    minutes: int


# Something to do for each of the known accounts: fresh, soon due and overdue, at every step.
WAITING = (
    Waiting("N01", 0, "dispatch", 45),
    Waiting("V04", None, "file", 50),
    Waiting("C01", 0, "review", 400),
    Waiting("N04", 0, "contact", 9 * 420),
    Waiting("H02", 1, "review", 700),
    Waiting("N03", None, "hand_back", 300),
    Waiting("H05", None, "dispatch", 320),
    Waiting("N01", None, "contact", 1100),
    Waiting("H01", 1, "reply", 500),
    Waiting("N07", None, "reply", 640),
    Waiting("C07", 0, "file", 180),
    Waiting("N02", 0, "contact", 4 * 420),
    Waiting("N01", 0, "ask_extension", 600),
    Waiting("N06", None, "ask_support", 500),
    Waiting("H02", None, "ask_extension", 420),
    Waiting("N02", 0, "pause", 900),
    Waiting("I01", None, "park", 5 * 420),
    Waiting("N04", None, "supervise", 4 * 420),
    Waiting("C02", None, "ask_termination", 500),
    Waiting("N03", None, "ask_exclusion", 700),
    Waiting("N05", None, "escalate", 900),
    Waiting("I02", None, "confer", 1200),
    Waiting("I05", 0, "conclude", 4 * 420),
    Waiting("V05", 0, "answer", 200),
    Waiting("V01", 0, "object", 400),
    Waiting("H03", None, "contact", 6 * 420),
    Waiting("I08", 1, "contact", 800),
    Waiting("V03", None, "file", 330),
    Waiting("H04", None, "sign", 150),
    Waiting("H01", None, "hand_back", 260),
    Waiting("I13", None, "dispatch", 200),
    Waiting("V06", 0, "visit", 6 * 420),
    Waiting("N04", None, "sign", 350),
    Waiting("C05", None, "contact", 5 * 420),
    Waiting("I06", None, "contact", 13 * 420),
    Waiting("C06", 1, "dispatch", 70),
    Waiting("N05", None, "review", 900),
    Waiting("H06", None, "reply", 900),
    Waiting("I14", 0, "reply", 1000),
    Waiting("H07", None, "review", 5 * 420),
    Waiting("V02", None, "file", 15),
)

_CHAINS = {Chain.INDUSTRY: 0.23, Chain.INNOVATION: 0.19, Chain.TALENT: 0.19, Chain.CAPITAL: 0.2, Chain.SERVICE: 0.19}
# Topics that come more often in some months: workers after the festival, power in summer, money at the year's end.
_SEASONS = {
    "H01": (2, 3, 9),
    "H08": (6, 7, 8),
    "I08": (6, 7, 8),
    "I09": (11, 12, 1),
    "N01": (4, 5, 6, 7),
    "N07": (4, 5, 9),
    "C05": (11, 12, 1),
    "C06": (5, 12, 1),
    "C07": (12, 1, 2),
    "V06": (7, 8, 12),
    "H04": (9, 10),
}
_BUSY_MONTHS = {3: 1.06, 6: 1.04, 9: 1.05, 2: 0.95, 10: 0.97}
_FIRST_MONTH = 1.15  # nothing is carried over into it
_LONG = (Level.C, Level.D, Level.L)
_TURNS = ((Turn.WITHDRAWN, 0.09), (Turn.REFUSED_HAND_BACK, 0.09), (Turn.SENT_BACK, 0.14), (Turn.DECLINED, 0.065))
_HOURS = (0.05, 0.1, 0.19, 0.17, 0.12, 0.02, 0.12, 0.14, 0.09)  # of the filings of a workday, from 08:30 on


@dataclass(frozen=True)
class City:
    """What the samples are drawn from."""

    firms: Sequence[Firm]
    levels: Mapping[str, str]  # of the topics
    chains: Mapping[str, str]
    workdays: Workdays
    texts: Sequence[Text]
    declined: Sequence[Text]


def plan(count: int, city: City, now: datetime) -> list[Sample]:
    """`count` samples filed in the last seven full months and the present one, in the order of filing."""
    rng = Random(count)  # noqa: S311 -- the same samples every time
    deck = _Deck(city, rng)
    waiting = WAITING[: count // 6]
    waits = [_waiting(row, deck, city, now) for row in waiting]
    flows = list(_flow(count - len(waits), deck, city, now))
    found = sorted([*waits, *flows], key=lambda drawn: drawn.filed_at)
    return [Sample(serial, **vars(drawn)) for serial, drawn in enumerate(found, start=1)]


@dataclass
class _Drawn:
    filed_at: datetime
    text: Text
    firm: Firm
    turn: Turn = Turn.PLAIN
    last: str = ""


class _Deck:
    """Texts and firms in turn, so that none comes much more often than another and no firm repeats itself."""

    def __init__(self, city: City, rng: Random):
        self.rng, self.firms = rng, city.firms
        self._by_topic: dict[str, Iterator[Text]] = {}
        for topic in city.levels:
            texts = [text for text in city.texts if text.topic == topic]
            self._by_topic[topic] = cycle(rng.sample(texts, len(texts)))
        self._filed: Counter[int] = Counter()
        self._said: set[tuple[int, str]] = set()

    def text(self, topic: str) -> Text:
        return next(self._by_topic[topic])

    def firm(self, text: Text, *, place: int | None = None, of_the_city: bool = False) -> Firm:
        able = [firm for firm in self.firms if firm.of_the_city or not of_the_city] or list(self.firms)
        fitting = [firm for firm in able if not text.industries or firm.industry in text.industries] or able
        fresh = [firm for firm in fitting if (firm.pk, text.title) not in self._said] or fitting
        chosen = self.firms[place] if place is not None else min(fresh, key=self._turn_of)
        self._filed[chosen.pk] += 1
        self._said.add((chosen.pk, text.title))
        return chosen

    def _turn_of(self, firm: Firm) -> float:
        return (self._filed[firm.pk] + self.rng.random() * 2) / firm.weight


def _waiting(row: Waiting, deck: _Deck, city: City, now: datetime) -> _Drawn:
    text = deck.text(row.topic)
    filed_at = city.workdays.subtract(now, row.minutes) + timedelta(seconds=deck.rng.randrange(60))
    # The handlers known by name sit in offices of the city.
    firm = deck.firm(text, place=_known(row.firm, city), of_the_city=True)
    return _Drawn(min(filed_at, now), text, firm, last=row.last)


def _known(place: int | None, city: City) -> int | None:
    """The place of the first or second firm that somebody known by name speaks for."""
    known = [place for place, firm in enumerate(city.firms) if firm.weight > 1]
    return None if place is None or place >= len(known) else known[place]


def _flow(count: int, deck: _Deck, city: City, now: datetime) -> Iterator[_Drawn]:
    months = _months(now.date())
    shares = [_BUSY_MONTHS.get(month.month, 1) * _elapsed(month, city.workdays, now) for month in months]
    shares[0] *= _FIRST_MONTH
    turns, declined = _turns(count, deck.rng), iter(city.declined)
    for month, wanted in zip(months, _split(count, shares), strict=True):
        days = [day for day in _days(month, city.workdays) if day <= now.date()]
        for chain, number in zip(_CHAINS, _split(wanted, list(_CHAINS.values())), strict=True):
            quick = number * 2 // 3
            topics = _topics(chain, month, city, deck.rng)
            for moment in _moments(quick, days[: len(days) * 3 // 5 + 1], now, deck.rng):
                text = deck.text(next(topics.short))
                yield _Drawn(moment, text, deck.firm(text), Turn.QUICK)
            for moment in _moments(number - quick, days, now, deck.rng):
                yield _drawn(next(topics.any), moment, next(turns), deck, declined)


def _drawn(topic, moment, turn, deck, declined) -> _Drawn:
    text = next(declined, None) if turn == Turn.DECLINED else None
    if text is None:
        text, turn = deck.text(topic), Turn.PLAIN if turn == Turn.DECLINED else turn
    return _Drawn(moment, text, deck.firm(text), turn)


def _months(today: date) -> list[date]:
    """The first days of the seven full months before this one, and of this one."""
    first = today.year * 12 + today.month - 1 - FULL_MONTHS
    return [date(month // 12, month % 12 + 1, 1) for month in range(first, first + FULL_MONTHS + 1)]


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _days(month: date, workdays: Workdays) -> list[date]:
    days = (month + timedelta(days=n) for n in range((_next(month) - month).days))
    return [day for day in days if workdays.is_workday(day)]


def _elapsed(month: date, workdays: Workdays, now: datetime) -> float:
    """The share of the month's workdays that have begun by `now`."""
    days = _days(month, workdays)
    return sum(day <= now.date() for day in days) / len(days)


def _split(count: int, shares: Sequence[float]) -> list[int]:
    """`count` in whole parts by `shares`, the largest remainders rounded up."""
    exact = [count * share / (sum(shares) or 1) for share in shares]
    parts = [int(part) for part in exact]
    by_rest = sorted(range(len(parts)), key=lambda place: parts[place] - exact[place])
    for place in by_rest[: count - sum(parts)]:
        parts[place] += 1
    return parts


@dataclass(frozen=True)
class _Topics:
    """Of one chain in one month, without end: as often as there are texts, twice as often in their season."""

    any: Iterator[str]
    short: Iterator[str]  # those that are soon done


def _topics(chain: Chain, month: date, city: City, rng: Random) -> _Topics:
    bag = [text.topic for text in city.texts if city.chains[text.topic] == chain]
    bag += [topic for topic in bag if month.month in _SEASONS.get(topic, ())]
    short = [topic for topic in bag if city.levels[topic] not in _LONG]
    return _Topics(_shuffled_again(bag, rng), _shuffled_again(short, rng))


def _shuffled_again(bag: list[str], rng: Random) -> Iterator[str]:
    while True:
        yield from rng.sample(bag, len(bag))


def _turns(count: int, rng: Random) -> Iterator[Turn]:
    """Of what is not quick: a third of `count`."""
    bag = [turn for turn, share in _TURNS for _n in range(round(count / 3 * share))]
    bag += [Turn.PLAIN] * (count - len(bag))
    special = rng.sample(bag[: count // 3], count // 3)
    return iter(special + bag[count // 3 :])


def _moments(count: int, days: Sequence[date], now: datetime, rng: Random) -> list[datetime]:
    """`count` moments spread evenly over `days`, all before `now`."""
    places = ((n + rng.random()) / count for n in range(count))
    return [_moment(days[int(place * len(days))], now, rng) for place in places]


def _moment(day: date, now: datetime, rng: Random) -> datetime:
    """Office hours mostly; now and then an evening."""
    if rng.random() < 0.06:
        minute = rng.randint(1140, 1330)
    else:
        minute = 510 + 60 * rng.choices(range(9), _HOURS)[0] + rng.randrange(60)
    moment = datetime.combine(day, time(), now.tzinfo) + timedelta(minutes=minute, seconds=rng.randrange(60))
    return min(moment, now - timedelta(minutes=rng.randint(5, 90)))
