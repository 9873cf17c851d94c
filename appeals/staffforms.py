"""Forms of the people of the offices: leave and deputies."""

from django import forms
from django.utils.translation import gettext_lazy as _

from appeals import leave
from chains.models import User


class _Day(forms.DateInput):
    input_type = "date"

    def __init__(self):
        super().__init__(format="%Y-%m-%d")


class AbsenceForm(forms.Form):
    """Who is away, when, and who stands in. Which deputy fits whom, `leave.record_absence` checks."""

    person = forms.ModelChoiceField(User.objects.none(), label=_("Who is away"), empty_label=None)
    starts_on = forms.DateField(label=_("First day"), widget=_Day)
    ends_on = forms.DateField(label=_("Last day"), widget=_Day)
    deputy = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Deputy"),
        required=False,
        empty_label=_("Nobody"),
        help_text=_("Sees and does meanwhile what the absent person could, and gets the notices as well."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)

    def __init__(self, *args, actor, today, **kwargs):
        super().__init__(*args, **kwargs)
        people = leave.people_of(actor, today)
        deputies = people | leave.colleagues_of(User(pk=actor.user_id), today)
        self.fields["person"].queryset = people.order_by("name", "username")
        self.fields["person"].initial = actor.user_id
        self.fields["deputy"].queryset = deputies.order_by("name", "username")
