from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from chains.sight import sight_of
from chains.views import boardpage
from chains.views.asked import Asked, Offices


@require_safe
def board(request):
    now = timezone.now()
    sight = sight_of(request.user, timezone.localdate(now))
    offices = Offices.read(sight, now)
    asked = Asked.read(request.GET, sight, offices, now)
    return render(request, "chains/board.html", boardpage.page(asked, offices))
