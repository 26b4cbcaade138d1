"""Addresses of people."""

from __future__ import annotations

from django.urls import path

from tierwise_web.people import managing, views

app_name = "people"
urlpatterns = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-in/demo", views.demo_sign_in, name="demo-sign-in"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("set-up", views.set_up, name="set-up"),
    path("language", views.set_language, name="language"),
    path("theme", views.set_theme, name="theme"),
    path("me", views.me, name="me"),
    path("people", managing.people, name="people"),
    path("people/new", managing.new, name="new"),
    path("people/units", managing.units, name="units"),
    path("people/<int:number>", managing.person, name="person"),
    path("log", managing.log, name="log"),
]
