"""Addresses of people."""

from __future__ import annotations

from django.urls import path

from tierwise_web.people import (
    log_views,
    managing,
    oidc_views,
    passkey_views,
    password_views,
    second_views,
    views,
)

app_name = "people"
urlpatterns = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-in/demo", views.demo_sign_in, name="demo-sign-in"),
    path("sign-in/code", second_views.code, name="code"),
    path("sign-in/passkey", passkey_views.use, name="passkey"),
    path("sign-in/passkey/start", passkey_views.ask, name="passkey-ask"),
    path("sign-in/company", oidc_views.start, name="company"),
    path("sign-in/company/back", oidc_views.back, name="company-back"),
    path("signed-out", oidc_views.signed_out, name="signed-out"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("set-up", views.set_up, name="set-up"),
    path("language", views.set_language, name="language"),
    path("theme", views.set_theme, name="theme"),
    path("me", views.me, name="me"),
    path("me/password", password_views.mine, name="password"),
    path("me/second-factor", second_views.mine, name="second-factor"),
    path("me/second-factor/codes", second_views.codes, name="recovery-codes"),
    path("me/second-factor/off", second_views.off, name="second-factor-off"),
    path("me/passkeys", passkey_views.mine, name="passkeys"),
    path("me/passkeys/start", passkey_views.start, name="passkey-start"),
    path("me/passkeys/add", passkey_views.add, name="passkey-add"),
    path("me/passkeys/<int:number>/remove", passkey_views.remove, name="passkey-remove"),
    path("people", managing.people, name="people"),
    path("people/new", managing.new, name="new"),
    path("people/units", managing.units, name="units"),
    path("people/units/<int:number>", managing.unit, name="unit"),
    path("people/units/<int:number>/remove", managing.remove_unit, name="unit-remove"),
    path("people/<int:number>", managing.person, name="person"),
    path("people/<int:number>/second-factor/off", second_views.take_away, name="take-away"),
    path("log", log_views.log, name="log"),
    path("log/export.csv", log_views.export, name="log-export"),
]
