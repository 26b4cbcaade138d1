"""Addresses of people."""

from __future__ import annotations

from django.urls import path

from tierwise_web.people import views

app_name = "people"
urlpatterns = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-in/demo", views.demo_sign_in, name="demo-sign-in"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("set-up", views.set_up, name="set-up"),
    path("language", views.set_language, name="language"),
    path("theme", views.set_theme, name="theme"),
    path("me", views.me, name="me"),
]
