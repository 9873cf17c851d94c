"""Inputs as pages show them. What a value must be, the table of moves and appeals.reading say; here it only looks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.password_validation import validate_password
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from appeals.drafts import FILING_TEXTS
from appeals.filing import enterprise_called
from appeals.models import Draft
from appeals.states import MOST_PARTS
from appeals.table import Field, Kind, Move
from appeals.texts import cleaned
from chains.models import User
from chains.taxonomy import Nature


@dataclass(frozen=True)
class Input:
    """One input of a page: `widget` names the block of appeals/_input.html that draws it."""

    name: str
    label: str | Promise
    widget: str
    id: str = ""
    value: Any = ""
    errors: Sequence[str] = ()
    required: bool = True
    options: Sequence[tuple[str, Any]] = ()
    hint: str | Promise = ""
    most: int | None = None
    low: str = ""  # bounds of a date
    high: str = ""
    keep_at: str = ""  # where what is typed is kept as a draft
    keep_as: str = ""  # the step it is for
    draft: Draft | None = None

    @property
    def described_by(self) -> str:
        return " ".join([f"{self.id}-error"] * bool(self.errors) + [f"{self.id}-hint"] * bool(self.hint))


@dataclass(frozen=True)
class Keeping:
    """How the long texts of a form are kept while they are written, and what is kept of them already."""

    url: str = ""
    verb: str = ""
    drafts: Mapping[str, Draft] = field(default_factory=dict)

    def of(self, row: Input, *, begins_with_it: bool) -> Input:
        """`row` with its draft; `begins_with_it`: nothing has been typed since."""
        draft = self.drafts.get(row.name)
        value = draft.text if draft and begins_with_it else row.value
        return replace(row, keep_at=self.url, keep_as=self.verb, draft=draft, value=value)


NOT_KEPT = Keeping()


@dataclass(frozen=True)
class Bounds:
    """Between which days a date may lie, the one it begins with, and what to say about it."""

    low: date | None = None
    high: date | None = None
    value: date | None = None
    hint: str | Promise = ""


NO_BOUNDS = Bounds()


# What a step does, in a line above its form.
HELP = {
    "dispatch": _("The department is told at once; its limits begin now."),
    "answer": _("No department is needed: a reviewer reads your answer before the enterprise is asked to rate it."),
    "decline": _("The enterprise reads the ground and your explanation, and may object within ten working days."),
    "reclassify": _("Leave empty what stays. Limits that run are counted anew from their start, never into the past."),
    "reroute": _("Back to triage: the office loses the case and keeps a note of it. The third time it is escalated."),
    "sign": _("Whoever signs becomes the handler, unless one is assigned already."),
    "hand_back": _("The limits run on until the centre has decided. Once refused, there is no second one."),
    "decide_hand_back": _("Granted: back to triage. Refused: the department keeps the case."),
    "ask_termination": _("Only on a listed ground. The work goes on until the centre has decided."),
    "decide_termination": _("Granted: the case is declined, and the enterprise may object. Refused: the work goes on."),
    "ask_extension": _("Once a round, and in time. The enterprise reads your words to it only if it is granted."),
    "decide_extension": _("Granted: the limit moves, also where it has passed meanwhile. Refused: it stays."),
    "decide_objection": _("Upheld: back to triage. Rejected: it stays declined. The enterprise reads your reason."),
    "merge": _("Of one enterprise, filed twice: this one ends in the other. Can be undone for 7 days."),
    "unmerge": _("The case goes on where it stood; its limits move by the time between."),
    "attach": _("Many suffer the same: this one is told what the leading one is told. It keeps its own limits."),
    "split": _("Each matter becomes an appeal of its own. This one stays in triage for what is left."),
    "assign": _("The handler is told. You remain able to do every step yourself."),
    "contact": _("The first contact ends its limit; what was said is on the record, and the enterprise reads it."),
    "progress": _("The enterprise reads it. It counts as the first measure, and as the monthly news."),
    "ask_support": _("The office has three working days; your reply waits for its answer, at most until then."),
    "support": _("The lead reads it, the enterprise does not."),
    "promise": _("The enterprise reads the date and your words. From then on it is the limit."),
    "pause": _("Contact and reply have no limit while it lasts. A message of the enterprise ends it by itself."),
    "resume": _("The limits move by the working time the pause has lasted."),
    "park": _("No limit runs; news of it is due every month, and the enterprise reads the plan."),
    "unpark": _("Work goes on where it stood."),
    "message": _("Both sides read it, and are told."),
    "note": _("A line for the record; hidden from the enterprise unless you say otherwise."),
    "reveal": _("Your purpose is recorded; what you asked for stays visible for ten minutes."),
    "reply": _("A reviewer reads it before the enterprise is asked to rate it."),
    "ask_exclusion": _("For what the office could not help. The director decides; the enterprise does not see it."),
    "decide_exclusion": _("Granted: no score counts the case; how many are left out always stands beside the score."),
    "answer_supervision": _("It answers every supervision order that waits here."),
    "review": _("Passed: the enterprise is asked to rate. Not passed: back to the department, its time restored."),
    "visit": _("What the enterprise says on the telephone counts as its answer."),
    "rate": _("Not solved, or two stars and fewer: the case is done again, unless you say otherwise."),
    "redo": _("The same department and handler begin a new round now."),
    "ask_person": _("The department works on; the centre looks at where the appeal went, and tells you."),
    "reopen": _("The same department begins anew. Within 30 days of the closing, at most twice."),
    "urge": _("The department and its head are told that you are waiting. Once a working day."),
    "object": _("Someone who did not decide before looks at it again. Within ten working days, once."),
    "withdraw": _("Nobody goes on working on it."),
    "escalate": _("A county's or park's case passes to the city's office; of a city's case the director is told."),
    "confer": _("Whoever takes part supports the case from now on, and so may read it."),
    "conclude": _(
        "What was agreed is recorded. Of a case that a leader takes over, news is due every five working days."
    ),
    "supervise": _("Whoever holds the case is told, and answers by the close of business of that day."),
    "comment": _("Everybody who works on the case reads it; the enterprise does not."),
    "find_false_closure": _("The case is opened again, and the finding weighs on the score of the office."),
}
_WIDGETS = {
    Kind.TEXT: "text",
    Kind.BOOL: "yes_no",
    Kind.CHOICE: "radios",
    Kind.INTEGER: "numbers",
    Kind.TOPIC: "topics",
    Kind.DEPARTMENT: "department",
    Kind.DEPARTMENTS: "departments",
    Kind.HANDLER: "select",
    Kind.LEADER: "select",
    Kind.DATE: "date",
    Kind.APPEAL: "appeal",
    Kind.PARTS: "parts",
}
_LONG_LISTS = {"ground", "level"}  # a select, not a row of buttons
_KEPT_AS_IT_IS = ("", _("No change"))
_UNSAID = {"urgent"}  # neither yes nor no leaves it as it is
_BOOL_BEGINS = {"internal": "true", "redo": "true"}


def inputs_of(
    move: Move,
    *,
    values: Mapping[str, Any],
    errors: Mapping[str, Sequence[str]],
    options: Mapping[str, Sequence],
    bounds: Mapping[str, Bounds] | None = None,
    keeping: Keeping = NOT_KEPT,
) -> list[Input]:
    """The inputs of a step: `values` as typed or suggested (typed ones go before drafts), `options` by kind.

    Options of one field of one step only stand under “verb.field”; `bounds` of its dates by field.
    """
    bounds = bounds or {}
    rows = [
        (row, _input(move.verb, row, values, errors, options, bounds.get(row.name, NO_BOUNDS))) for row in move.fields
    ]
    return [
        keeping.of(shown, begins_with_it=row.name not in values) if row.kind == Kind.TEXT else shown
        for row, shown in rows
    ]


def _input(verb, row: Field, values, errors, options, bounds):
    begins = bounds.value.isoformat() if bounds.value else _BOOL_BEGINS.get(row.name, "")
    value = values.get(row.name, begins)
    return Input(
        name=row.name,
        label=row.label,
        widget=_widget(row),
        id=f"{verb}-{row.name}",
        value=_in_rows(value) if row.kind == Kind.PARTS else value,
        errors=errors.get(row.name, ()),
        required=row.required,
        options=_options(verb, row, options),
        hint=bounds.hint,
        most=row.max_length if row.kind == Kind.TEXT else None,
        low=bounds.low.isoformat() if bounds.low else "",
        high=bounds.high.isoformat() if bounds.high else "",
    )


def _widget(row: Field) -> str:
    if row.kind == Kind.CHOICE and row.name in _LONG_LISTS:
        return "select"
    if row.kind == Kind.BOOL and not row.required and row.name not in _UNSAID:
        return "check"
    return _WIDGETS[row.kind]


def _in_rows(parts) -> list[dict[str, str]]:
    """As many rows as an appeal may have parts, the filled ones first."""
    rows = [one for one in parts if isinstance(one, dict)] if isinstance(parts, list) else []
    return [*rows, *({} for _row in range(MOST_PARTS - len(rows)))]


def _options(verb, row, options):
    if row.kind == Kind.CHOICE:
        choices = row.choices.choices
        return choices if row.required or row.name not in _LONG_LISTS else [_KEPT_AS_IT_IS, *choices]
    if row.kind == Kind.INTEGER:
        return [(str(n), n) for n in range(row.low, row.high + 1)]
    return options.get(f"{verb}.{row.name}", options.get(row.kind, ()))


_FILING = (
    Input("enterprise", _("Credit code of the enterprise"), "line", hint=_("18 characters"), most=18),
    Input("title", _("What is it about?"), "big_line", most=80),
    Input("description", _("What happened, and what do you need?"), "big_text", most=5000),
    Input("contact_name", _("Contact person"), "line", required=False, most=50),
    Input("contact_phone", _("Phone"), "phone", required=False, most=40),
    Input("district", _("Where"), "select", required=False),
    Input("industry", _("Industry"), "select", required=False),
    Input("nature", _("Kind of appeal"), "select", required=False),
    Input(
        "complained_of",
        _("Do you complain about a department?"),
        "department",
        required=False,
        hint=_("It will neither see nor handle this appeal."),
    ),
    Input("urgent", _("Urgent"), "check", required=False, hint=_("Production stands still, or somebody is in danger.")),
    Input(
        "anonymous",
        _("Anonymous to the department"),
        "check",
        required=False,
        hint=_("The department reaches you through messages here; only the centre knows your number."),
    ),
    Input(
        "wants_person",
        _("Let a person decide who is responsible"),
        "check",
        required=False,
        hint=_("Otherwise clear cases are passed on at once."),
    ),
)
NATURES = (("", _("Decide from the text")), *Nature.choices)


def filing_inputs(
    values: Mapping[str, Any],
    errors: Mapping[str, Sequence[str]],
    options: Mapping[str, Sequence],
    keeping: Keeping = NOT_KEPT,
) -> dict[str, Input]:
    """The inputs of the filing form, by name; `options` by name, too."""
    rows = [
        replace(
            row,
            id=f"file-{row.name}",
            value=values.get(row.name, ""),
            errors=errors.get(row.name, ()),
            options=options.get(row.name, ()),
        )
        for row in _FILING
    ]
    return {
        row.name: keeping.of(row, begins_with_it=row.name not in values) if row.name in FILING_TEXTS else row
        for row in rows
    }


def label_of(name: str) -> str:
    """What the filing form calls its input `name`."""
    return next((str(row.label) for row in _FILING if row.name == name), name)


class InvitationForm(forms.Form):
    """One's name; who has no account yet makes one at the same time."""

    name = forms.CharField(label=_("Your name"), max_length=50)
    username = UsernameField(label=_("User name"), max_length=150)
    password = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        if user.is_authenticated:
            del self.fields["username"], self.fields["password"]
            self.fields["name"].initial = user.name

    def clean_name(self):
        if not (name := cleaned(self.cleaned_data["name"], one_line=True)):
            raise forms.ValidationError(forms.Field.default_error_messages["required"])
        return name

    def clean_username(self):
        username = self.cleaned_data["username"]
        for check in User._meta.get_field("username").validators:
            check(username)
        if User.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError(_("This user name is taken."))
        return username

    def clean_password(self):
        validate_password(self.cleaned_data["password"], User(username=self.cleaned_data.get("username", "")))
        return self.cleaned_data["password"]


class JoinForm(InvitationForm):
    """The same with the credit code of the enterprise that one asks to speak for."""

    credit_code = forms.CharField(label=_("Credit code of the enterprise"), max_length=40)
    field_order = ["credit_code", "name"]

    def clean_credit_code(self):
        try:
            self.cleaned_data["enterprise"] = enterprise_called(self.cleaned_data["credit_code"])
        except ValueError as wrong:
            raise forms.ValidationError(str(wrong)) from wrong
        return self.cleaned_data["credit_code"]
