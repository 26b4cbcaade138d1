"""All addresses. A new one needs its row in the table of ``tests/web/test_who_may.py``."""

from __future__ import annotations

from django.urls import include, path

from tierwise_web.config.health import health

urlpatterns = [
    path("health", health, name="health"),
    path("", include("tierwise_web.people.urls")),
    path("", include("tierwise_web.editing.urls")),
    path("", include("tierwise_web.customers.urls")),
    path("", include("tierwise_web.merging.urls")),
    path("", include("tierwise_web.workflow.urls")),
    path("", include("tierwise_web.imports.urls")),
    path("", include("tierwise_web.grading.urls")),
    path("", include("tierwise_web.assessments.urls")),
    path("", include("tierwise_web.pages.urls")),
]

handler400 = "tierwise_web.common.mistakes.bad_request"
handler403 = "tierwise_web.common.mistakes.forbidden"
handler404 = "tierwise_web.common.mistakes.not_found"
handler500 = "tierwise_web.common.mistakes.broken"
