"""Addresses of people's changes."""

from __future__ import annotations

from django.urls import path

from tierwise_web.editing import views

app_name = "editing"
urlpatterns = [
    path("changes", views.changes, name="changes"),
    path("changes/hand-over", views.hand_over, name="hand-over"),
    path("changes/<int:number>/take-back", views.take_back, name="take-back"),
    path("changes/<int:number>/end", views.end, name="end"),
]
