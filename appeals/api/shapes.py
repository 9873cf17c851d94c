"""What the API says of an appeal: a line of a list, the whole state, an event, a possible move."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from appeals import privacy
from appeals.lights import light_of
from appeals.models import Appeal, Attachment, Request
from appeals.states import Ground, Outcome, Part, PauseReason, Status, reads_as_staff
from appeals.table import Kind
from chains.taxonomy import Chain, Level, Nature, Solved
from routing.deadlines import Light


class Named(serializers.Serializer):
    """A row of the taxonomy."""

    code = serializers.CharField(source="pk")
    name = serializers.CharField()


class EnterpriseName(serializers.Serializer):
    credit_code = serializers.CharField()
    name = serializers.CharField()


class Person(serializers.Serializer):
    username = serializers.CharField()
    name = serializers.CharField(source="get_full_name")


class EmptyAsNull(serializers.ChoiceField):
    """A choice that may not have been made yet."""

    def __init__(self, choices, **kwargs):
        super().__init__(choices, allow_null=True, **kwargs)

    def to_representation(self, value):
        return super().to_representation(value) if value else None


class Line(serializers.Serializer):
    """One appeal of a list. The context holds `actor` and `now`."""

    number = serializers.CharField()
    external_number = serializers.CharField(allow_null=True)
    title = serializers.CharField()
    status = serializers.ChoiceField(Status.choices)
    topic = Named(allow_null=True)
    chain = serializers.ChoiceField(Chain.choices, allow_null=True)
    lead = Named(allow_null=True)
    level = EmptyAsNull(Level.choices)
    confidence = serializers.FloatField(allow_null=True)
    decided_by = EmptyAsNull(Appeal.DecidedBy.choices)
    enterprise = serializers.SerializerMethodField()
    district = Named()
    park = serializers.SerializerMethodField()
    industry = Named(allow_null=True)
    handler = serializers.SerializerMethodField()
    nature = serializers.ChoiceField(Nature.choices)
    urgent = serializers.BooleanField()
    anonymous = serializers.BooleanField()
    source = serializers.ChoiceField(Appeal.Source.choices)
    round = serializers.IntegerField()
    light = serializers.SerializerMethodField()
    provisional = serializers.BooleanField()
    triage_by = serializers.DateTimeField(allow_null=True)
    sign_by = serializers.DateTimeField(allow_null=True)
    contact_by = serializers.DateTimeField(allow_null=True)
    resolve_by = serializers.DateTimeField(allow_null=True)
    due_by = serializers.DateTimeField(allow_null=True, help_text="The nearest limit that is running.")
    filed_at = serializers.DateTimeField()
    dispatched_at = serializers.DateTimeField(allow_null=True)
    signed_at = serializers.DateTimeField(allow_null=True)
    contacted_at = serializers.DateTimeField(allow_null=True)
    replied_at = serializers.DateTimeField(allow_null=True)
    visiting_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
    url = serializers.CharField(source="get_absolute_url")

    @extend_schema_field(serializers.ChoiceField(Light.choices))
    def get_light(self, case):
        return light_of(case, self.context["now"]).value

    @extend_schema_field(EnterpriseName(allow_null=True))
    def get_enterprise(self, case):
        knows = privacy.may_know_enterprise(case, self.context["actor"])
        return EnterpriseName(case.enterprise).data if knows else None

    @extend_schema_field(Named(allow_null=True))
    def get_park(self, case):
        knows = case.park and privacy.may_know_enterprise(case, self.context["actor"])
        return Named(case.park).data if knows else None

    @extend_schema_field(Person(allow_null=True))
    def get_handler(self, case):
        shown = case.handler and reads_as_staff(self.context["actor"], case)
        return Person(case.handler).data if shown else None


class Alternative(serializers.Serializer):
    """A topic that the text may be about. `reasons` are the words that spoke for it."""

    topic = Named()
    chain = serializers.ChoiceField(Chain.choices, source="topic.chain")
    confidence = serializers.FloatField()
    reasons = serializers.ListField(child=serializers.CharField())


class Similar(serializers.Serializer):
    """An open appeal of the same enterprise about the same matter."""

    number = serializers.CharField()
    title = serializers.CharField()
    status = serializers.ChoiceField(Status.choices)


class Filed(serializers.Serializer):
    """What became of a filing: dispatched at once, or in triage with the likeliest topics."""

    number = serializers.CharField()
    status = serializers.ChoiceField(Status.choices)
    topic = Named(allow_null=True)
    chain = serializers.ChoiceField(Chain.choices, allow_null=True)
    lead = Named(allow_null=True)
    level = EmptyAsNull(Level.choices)
    confidence = serializers.FloatField(allow_null=True)
    decided_by = EmptyAsNull(Appeal.DecidedBy.choices)
    alternatives = Alternative(many=True)
    similar = Similar(many=True)
    triage_by = serializers.DateTimeField(allow_null=True)
    sign_by = serializers.DateTimeField(allow_null=True)
    contact_by = serializers.DateTimeField(allow_null=True)
    resolve_by = serializers.DateTimeField(allow_null=True)
    provisional = serializers.BooleanField()
    light = serializers.ChoiceField(Light.choices)
    version = serializers.IntegerField()
    url = serializers.CharField(source="get_absolute_url")


class Rating(serializers.Serializer):
    """The enterprise's own word, and its first one where it was asked again."""

    solved = EmptyAsNull(Solved.choices)
    stars = serializers.IntegerField(allow_null=True)
    speed = serializers.IntegerField(allow_null=True)
    attitude = serializers.IntegerField(allow_null=True)
    comment = serializers.CharField(source="rating_comment")
    rated_at = serializers.DateTimeField()
    first_solved = EmptyAsNull(Solved.choices)
    first_stars = serializers.IntegerField(allow_null=True)


class Reply(serializers.Serializer):
    outcome = serializers.ChoiceField(Outcome.choices, source="reply_outcome")
    text = serializers.CharField(source="reply_text")
    at = serializers.DateTimeField(source="replied_at")


class Asked(serializers.Serializer):
    """What somebody asked for and another decides."""

    kind = serializers.ChoiceField(Request.Kind.choices)
    round = serializers.IntegerField()
    asked_by = Person()
    asked_at = serializers.DateTimeField()
    reason = serializers.CharField()
    proposed_lead = Named(allow_null=True)
    until = serializers.DateTimeField(allow_null=True, help_text="Of an extension: the limit it asks for.")
    words_to_enterprise = serializers.CharField(source="words", allow_blank=True)
    approver = serializers.CharField(allow_blank=True, help_text="Of an extension: the role that decides.")
    ground = EmptyAsNull(Ground.choices)
    decided_by = Person(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    granted = serializers.BooleanField(allow_null=True)
    decision = serializers.CharField()


class Pause(serializers.Serializer):
    """A stretch without a limit."""

    reason = serializers.ChoiceField(PauseReason.choices)
    note = serializers.CharField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class Support(serializers.Serializer):
    """What the lead asked another office for, and its answer."""

    department = Named()
    request = serializers.CharField()
    asked_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    answer = serializers.CharField(allow_blank=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    lapsed_at = serializers.DateTimeField(allow_null=True, help_text="Not owed any more: the case has moved on.")


class Order(serializers.Serializer):
    """A supervision order; no department: the centre holds the case."""

    id = serializers.IntegerField(source="pk")
    department = Named(allow_null=True)
    order = serializers.CharField()
    issued_at = serializers.DateTimeField()
    answer_by = serializers.DateTimeField()
    answer = serializers.CharField(allow_blank=True)
    answered_at = serializers.DateTimeField(allow_null=True)


class Meeting(serializers.Serializer):
    departments = Named(many=True, source="offices")
    on = serializers.DateField()
    agenda = serializers.CharField()
    conclusion = serializers.CharField(allow_blank=True)
    concluded_at = serializers.DateTimeField(allow_null=True)


class Links(serializers.Serializer):
    """Other appeals that this one belongs to, by number."""

    merged_into = serializers.CharField(allow_null=True)
    parent = serializers.CharField(allow_null=True, help_text="The leading appeal of a mass incident.")
    split_from = serializers.CharField(allow_null=True)
    follows = serializers.CharField(allow_null=True)


class FieldOfMove(serializers.Serializer):
    name = serializers.CharField()
    kind = serializers.ChoiceField([(kind.value, kind.name) for kind in Kind])
    label = serializers.CharField()
    required = serializers.BooleanField()
    choices = serializers.ListField(child=serializers.CharField(), allow_null=True, source="choices.values")
    low = serializers.IntegerField(allow_null=True)
    high = serializers.IntegerField(allow_null=True)
    max_length = serializers.IntegerField(allow_null=True, help_text="Of a text.")


class PossibleMove(serializers.Serializer):
    """A step that this person may take now: POST it to /appeals/{number}/{verb}/ with `version` and these fields."""

    verb = serializers.CharField()
    label = serializers.CharField()
    to = serializers.ListField(child=serializers.ChoiceField(Status.choices))

    def get_fields(self):
        # A class attribute of this name would hide the serializer's own.
        return {**super().get_fields(), "fields": FieldOfMove(many=True)}


class StagedFile(serializers.Serializer):
    """A file that waits to be filed. Pictures have been drawn anew: size and type are what is kept."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    type = serializers.CharField(source="content_type", help_text="By its content.")
    size = serializers.IntegerField(help_text="Bytes.")
    state = serializers.ChoiceField(
        Attachment.State.choices, help_text="`checking`: nobody reads it before the virus scanner has."
    )


class FileOfCase(StagedFile):
    uploaded_at = serializers.DateTimeField()
    internal = serializers.BooleanField(help_text="Hidden from the enterprise.")
    url = serializers.SerializerMethodField()

    def get_url(self, one) -> str:
        return f"/api/v1/appeals/{one.appeal.number}/attachments/{one.pk}/"


class State(Line):
    """Everything about one appeal that this person may know; written from an appeal that `looks.at` has read."""

    description = serializers.CharField()
    complained_of = Named(allow_null=True, source="complaint")
    support = Named(many=True)
    contact_phone = serializers.CharField(
        source="masked_phone", help_text="Masked; the verb reveal shows it for ten minutes in `revealed`."
    )
    revealed = serializers.DictField(child=serializers.CharField())
    ended_at = serializers.DateTimeField(allow_null=True)
    used_minutes = serializers.IntegerField(allow_null=True)
    paused_minutes = serializers.IntegerField()
    total_minutes = serializers.IntegerField(allow_null=True)
    redo_count = serializers.IntegerField()
    reopen_count = serializers.IntegerField()
    closed_unrated = serializers.BooleanField()
    attachments = FileOfCase(many=True, source="files")
    pauses = Pause(many=True, source="shown_pauses")
    requests = Asked(many=True, source="asked")
    supports = Support(many=True, source="shown_supports")
    orders = Order(many=True, source="shown_orders")
    conferences = Meeting(many=True, source="shown_conferences")
    links = Links()
    paused = serializers.BooleanField()
    excluded = serializers.BooleanField()
    owner = Person(allow_null=True, source="shown_owner")
    reply = Reply(allow_null=True)
    rating = Rating(allow_null=True)
    alternatives = Alternative(many=True)
    similar = Similar(many=True)
    moves = PossibleMove(many=True)


class EventActor(serializers.Serializer):
    """Who took the step. The enterprise reads the department only; an anonymous enterprise stays unnamed."""

    name = serializers.CharField(allow_null=True)
    role = serializers.ChoiceField(Part.choices)
    department = serializers.CharField(allow_null=True)


class EventLine(serializers.Serializer):
    """One line of the record: the verb of a step, or the rung of a clock."""

    seq = serializers.IntegerField()
    at = serializers.DateTimeField()
    verb = serializers.CharField()
    actor = serializers.SerializerMethodField()
    round = serializers.IntegerField()
    text = serializers.CharField()
    data = serializers.JSONField()
    late_by = serializers.IntegerField(allow_null=True, help_text="Minutes after the moment a timer was due.")

    def get_fields(self):
        # “from” is a word of Python.
        places = {
            "from": EmptyAsNull(Status.choices, source="from_status"),
            "to": EmptyAsNull(Status.choices, source="to_status"),
        }
        return {**super().get_fields(), **places}

    @extend_schema_field(EventActor(allow_null=True))
    def get_actor(self, event):
        if event.actor is None:
            return None
        named = self.context["is_staff"] and (event.part != Part.MEMBER or self.context["knows_enterprise"])
        return {
            "name": str(event.actor) if named else None,
            "role": event.part,
            "department": event.department and event.department.name,
        }
