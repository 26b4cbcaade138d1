"""Addresses of pages that cross subjects."""

from __future__ import annotations

from django.urls import path

from tierwise_web.pages.customer import customer, customer_rows
from tierwise_web.pages.home import home
from tierwise_web.pages.work import customer_work

urlpatterns = [
    path("", home, name="home"),
    path("customer/<str:code>", customer, name="customer"),
    path("customer/<str:code>/work", customer_work, name="customer-work"),
    path("customer/<str:code>/rows", customer_rows, name="customer-rows"),
]
