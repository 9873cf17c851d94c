import json
from operator import methodcaller

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from appeals import filing, intake, listing, paging, steps
from appeals.api import bodies, looks, shapes
from appeals.api.document import FILTERS, KEY, MOVES_NOW, ON_FILING, ON_LIST, ON_ONE, ON_STEP, PAGE, PARAMETERS, RECORD
from appeals.measured import Measured
from appeals.models import Appeal
from appeals.states import Actor, Refused, Why
from appeals.table import Move
from appeals.views.who import actor_in
from chains.params import check_names
from chains.taxonomy import Role

_LONGEST_KEY = 200


class Appeals(APIView):
    @extend_schema(operation_id="list_appeals", parameters=FILTERS, responses={200: PAGE, **ON_LIST})
    def get(self, request):
        """The appeals that you may list, narrowed and ordered."""
        actor, now = actor_in(request), timezone.now()
        check_names(request.query_params, PARAMETERS)
        filters = listing.Filters.parse(request.query_params, by=actor, now=now)
        rows = Appeal.objects.listed_to(actor, now)
        if measured := Measured.parse(request.query_params, by=request.user, now=now):
            rows = rows.meeting(measured.condition)
        place, shown = _place(request.query_params), methodcaller("with_all_rows")
        page = paging.page_of(rows.narrowed(filters), shown=shown, **place)
        context = {"actor": actor, "now": now}
        return Response(
            {
                "results": shapes.Line(page.rows, many=True, context=context).data,
                "next": link(request, page.next),
                "previous": link(request, page.previous),
                "count_capped": paging.count_capped(rows.counted(filters), filters.most_counted),
            }
        )

    @extend_schema(
        operation_id="file_appeal",
        request=bodies.Filing,
        responses={201: shapes.Filed, 200: shapes.Filed, **ON_FILING},
        parameters=[KEY],
    )
    def post(self, request):
        """File an appeal. The same Idempotency-Key and body again: the same answer (200), and one appeal."""
        actor, now = actor_in(request), timezone.now()
        intake.check_may_file(actor)
        key, values = _key(request), request.data
        if key is None:
            return Response(_file(values, actor, now, intake.accept), status=201)
        sent = json.dumps(values, sort_keys=True).encode()
        # The key and the appeal are written in one transaction: that of the key.
        answer, is_new = intake.once(actor, key, sent, lambda: _file(values, actor, now, intake.accept_here), at=now)
        return Response(answer, status=201 if is_new else 200)


def _place(params) -> dict:
    """Ordering, cursor and size of the page that is asked for."""
    asked = {name: params[name] for name in ("ordering", "cursor") if params.get(name)}
    size = params.get("page_size") or str(paging.PAGE)
    # Too large to be read is too large.
    return asked | {"size": int(size) if size.isascii() and size.isdecimal() and len(size) < 10 else 0}


def link(request, cursor):
    return cursor and replace_query_param(request.build_absolute_uri(), "cursor", cursor)


def _key(request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 0 < len(key.strip()) <= _LONGEST_KEY or not (key.isascii() and key.isprintable()):
        reason = _("An Idempotency-Key has 1 to %(most)d printable characters.") % {"most": _LONGEST_KEY}
        raise Refused(reason, why=Why.INVALID, errors={"Idempotency-Key": [reason]})
    return key


def _file(values, actor: Actor, now, accept) -> dict:
    case = accept(filing.read(values, by=actor, source=_source(actor), at=now), by=actor, at=now)
    return shapes.Filed(looks.at_filed(case, actor, now)).data


def _source(actor: Actor) -> str:
    if Role.CHANNEL in actor.roles:
        return Appeal.Source.API
    if actor.stations:
        return Appeal.Source.STATION
    return Appeal.Source.PHONE if actor.is_staff else Appeal.Source.WEB


class OfOneAppeal(APIView):
    """What is outside one's scope is not there: 404."""

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        self.actor, self.now = actor_in(request), timezone.now()

    def case(self) -> Appeal:
        seen = Appeal.objects.visible_to(self.actor, self.now).with_all_rows()
        return get_object_or_404(seen, number=self.kwargs["number"])

    def state_of(self, case: Appeal) -> dict:
        context = {"actor": self.actor, "now": self.now}
        return shapes.State(looks.at(case, self.actor, self.now), context=context).data


class Detail(OfOneAppeal):
    @extend_schema(operation_id="read_appeal", responses={200: shapes.State, **ON_ONE})
    def get(self, request, number):
        """Everything about one appeal that you may know."""
        return Response(self.state_of(self.case()))


class Events(OfOneAppeal):
    @extend_schema(operation_id="read_events", responses={200: RECORD, **ON_ONE})
    def get(self, request, number):
        """The record: exactly one event for each accepted step; internal lines for staff only."""
        case = self.case()
        context = looks.reader(case, self.actor)
        return Response(
            {"results": shapes.EventLine(looks.events(case, self.actor, self.now), many=True, context=context).data}
        )


class Moves(OfOneAppeal):
    @extend_schema(operation_id="read_moves", responses={200: MOVES_NOW, **ON_ONE})
    def get(self, request, number):
        """What you may do now, with the fields each step needs."""
        case = self.case()
        found = looks.moves(case, self.actor, self.now)
        return Response({"version": case.version, "results": shapes.PossibleMove(found, many=True).data})


class Step(OfOneAppeal):
    move: Move = None

    def post(self, request, number):
        case = self.case()
        steps.take(case, self.move.verb, request.data, by=self.actor, version=_version(request.data), at=self.now)
        # Whoever has just given a case away is still told how it stands.
        return Response(self.state_of(Appeal.objects.with_all_rows().get(pk=case.pk)))

    def newer_state(self) -> dict:
        """What a 409 shows beside its reason."""
        case = self.case()
        return {"version": case.version, "state": self.state_of(case)}


def _version(values) -> int | None:
    version = values.get("version")
    if isinstance(version, str) and version.isascii() and version.isdecimal() and len(version) < 10:
        return int(version)
    return version if isinstance(version, int) and not isinstance(version, bool) else None


def step(move: Move):
    """The view of one row of the table of moves."""
    of_move = extend_schema(
        operation_id=f"{move.verb}_appeal",
        description=move.label,
        request=bodies.body_of(move),
        responses={200: shapes.State, **ON_STEP},
    )
    name = "".join(word.capitalize() for word in move.verb.split("_"))
    return extend_schema_view(post=of_move)(type(name, (Step,), {"move": move})).as_view()
