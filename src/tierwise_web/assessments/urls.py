"""Addresses of assessments."""

from __future__ import annotations

from django.urls import path

from tierwise_web.assessments import views

app_name = "assessments"
urlpatterns = [
    path("assessments", views.assessments, name="list"),
    path("assessments/<int:number>", views.one, name="one"),
    path("assessments/<int:number>/edit", views.edit, name="edit"),
    path("assessments/<int:number>/decide", views.decide, name="decide"),
    path("assessments/<int:number>/withdraw", views.withdraw, name="withdraw"),
    path("customer/<path:code>/assess/<str:template>", views.new, name="new"),
]
