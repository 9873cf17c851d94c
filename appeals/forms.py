"""Inputs as pages show them. What a value must be, the table of moves and appeals.reading say; here it only looks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django import forms
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.password_validation import validate_password
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from appeals.drafts import FILING_TEXTS
from appeals.filing import enterprise_called
from appeals.models import Draft
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


# What a step does, in a line above its form.
HELP = {
    "dispatch": _("The department is told at once; its limits begin now."),
    "decline": _("The enterprise reads the ground and your explanation."),
    "sign": _("Whoever signs becomes the handler, unless one is assigned already."),
    "hand_back": _("The limits run on until the centre has decided. Once refused, there is no second one."),
    "decide_hand_back": _("Granted: back to triage. Refused: the department keeps the case."),
    "contact": _("The first contact ends its limit; what was said is on the record, and the enterprise reads it."),
    "message": _("Both sides read it, and are told."),
    "reveal": _("Your purpose is recorded; what you asked for stays visible for ten minutes."),
    "reply": _("A reviewer reads it before the enterprise is asked to rate it."),
    "review": _("Passed: the enterprise is asked to rate. Not passed: back to the department, its time restored."),
    "visit": _("What the enterprise says on the telephone counts as its answer."),
    "rate": _("Not solved, or two stars and fewer: the case is done again, unless you say otherwise."),
    "redo": _("The same department and handler begin a new round now."),
    "ask_person": _("The department works on; the centre looks at where the appeal went, and tells you."),
    "withdraw": _("Nobody goes on working on it."),
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
    Kind.APPEAL: "line",
    Kind.PARTS: "text",
}
_LONG_LISTS = {"ground", "level"}  # a select, not a row of buttons
_UNSAID = {"urgent"}  # neither yes nor no leaves it as it is
_BOOL_BEGINS = {"internal": "true", "redo": "true"}


def inputs_of(
    move: Move,
    *,
    values: Mapping[str, Any],
    errors: Mapping[str, Sequence[str]],
    options: Mapping[str, Sequence],
    keeping: Keeping = NOT_KEPT,
) -> list[Input]:
    """The inputs of a step: `values` as typed or suggested (typed ones go before drafts), `options` by kind."""
    rows = [(row, _input(move.verb, row, values, errors, options)) for row in move.fields]
    return [
        keeping.of(shown, begins_with_it=row.name not in values) if row.kind == Kind.TEXT else shown
        for row, shown in rows
    ]


def _input(verb, row: Field, values, errors, options):
    widget = _WIDGETS[row.kind]
    if row.kind == Kind.CHOICE and row.name in _LONG_LISTS:
        widget = "select"
    if row.kind == Kind.BOOL and not row.required and row.name not in _UNSAID:
        widget = "check"
    return Input(
        name=row.name,
        label=row.label,
        widget=widget,
        id=f"{verb}-{row.name}",
        value=values.get(row.name, _BOOL_BEGINS.get(row.name, "")),
        errors=errors.get(row.name, ()),
        required=row.required,
        options=_options(row, options),
        most=row.max_length if row.kind == Kind.TEXT else None,
    )


def _options(row, options):
    if row.kind == Kind.CHOICE:
        return row.choices.choices
    if row.kind == Kind.INTEGER:
        return [(str(n), n) for n in range(row.low, row.high + 1)]
    return options.get(row.kind, ())


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
