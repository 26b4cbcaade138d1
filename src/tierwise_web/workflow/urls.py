"""Addresses of jobs."""

from __future__ import annotations

from django.urls import path

from tierwise_web.workflow import views

app_name = "workflow"
urlpatterns = [
    path("jobs/<int:number>", views.job, name="job"),
    path("jobs/<int:number>/cancel", views.cancel, name="cancel"),
]
