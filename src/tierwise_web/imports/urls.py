"""Addresses of imports."""

from __future__ import annotations

from django.urls import path

from tierwise_web.imports import views

app_name = "imports"
urlpatterns = [
    path("imports", views.imports, name="list"),
    path("imports/<int:number>/undo", views.undo, name="undo"),
]
