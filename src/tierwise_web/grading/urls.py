"""Addresses of grading."""

from __future__ import annotations

from django.urls import path

from tierwise_web.grading import views

app_name = "grading"
urlpatterns = [
    path("runs", views.runs, name="runs"),
    path("runs/month", views.start_month, name="start-month"),
    path("runs/trial", views.start_trial, name="start-trial"),
    path("runs/waiting", views.waiting, name="waiting"),
    path("runs/<str:run_id>", views.run, name="run"),
    path("runs/<str:run_id>/approve", views.approve, name="approve"),
    path("runs/<str:run_id>/publish", views.publish, name="publish"),
]
