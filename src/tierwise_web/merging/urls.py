"""Addresses of duplicates. Codes of customers may hold anything, so they stand in the query and in forms."""

from __future__ import annotations

from django.urls import path

from tierwise_web.merging import views

app_name = "merging"
urlpatterns = [
    path("duplicates", views.duplicates, name="duplicates"),
    path("duplicates/look", views.look, name="look"),
    path("duplicates/pair", views.pair, name="pair"),
    path("duplicates/not-same", views.not_same, name="not-same"),
    path("duplicates/merged", views.merged, name="merged"),
    path("duplicates/undo", views.undo, name="undo"),
]
