"""The application ``assessments``."""

from django.apps import AppConfig

from tierwise.kernel.text import Text
from tierwise_web.common.navigation import Entry
from tierwise_web.people.roles import SEE_ASSESSMENTS


class AssessmentsConfig(AppConfig):
    """Assessments with evidence."""

    name = "tierwise_web.assessments"
    label = "assessments"
    entries = (Entry("customers", Text("Assessments", "评估"), "assessments:list", SEE_ASSESSMENTS),)
