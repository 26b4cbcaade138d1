"""Addresses of pages that cross subjects."""

from __future__ import annotations

from django.urls import path

from tierwise_web.pages.customer import customer
from tierwise_web.pages.funnel import funnel
from tierwise_web.pages.home import home
from tierwise_web.pages.prospects import prospects
from tierwise_web.pages.refused import known
from tierwise_web.pages.rows import customer_rows
from tierwise_web.pages.steps import customer_drivers
from tierwise_web.pages.why_moved import causes, compute_causes
from tierwise_web.pages.work import customer_work

urlpatterns = [
    path("causes", causes, name="causes"),
    path("causes/compute", compute_causes, name="compute-causes"),
    path("prospects/funnel", funnel, name="funnel"),
    path("prospects", prospects, name="prospects"),
    path("", home, name="home"),
    path("refused/<int:number>/known", known, name="refusal-known"),
    path("customer/<path:code>/work", customer_work, name="customer-work"),
    path("customer/<path:code>/drivers", customer_drivers, name="customer-drivers"),
    path("customer/<path:code>/rows", customer_rows, name="customer-rows"),
    path("customer/<path:code>", customer, name="customer"),  # the last of all: a code may hold a slash
]
