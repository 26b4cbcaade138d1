"""Addresses of the customer list."""

from __future__ import annotations

from django.urls import path

from tierwise_web.customers import (
    bulk_views,
    creating_views,
    dealing_views,
    group_views,
    pool_views,
    promise_views,
    record_views,
    segment_views,
    views,
)

app_name = "customers"
urlpatterns = [
    path("customers", views.customers, name="list"),
    path("customers/new", creating_views.new, name="new"),
    path("customers/display", views.set_display, name="display"),
    path("customers/columns", views.set_columns, name="columns"),
    path("customers/views", views.keep_view, name="keep-view"),
    path("customers/views/<int:number>/forget", views.forget_view, name="forget-view"),
    path("customers/export", views.start_export, name="start-export"),
    path("customers/files/<str:name>", views.fetch, name="file"),
    path("customers/chosen/transfer", bulk_views.choose_transfer, name="choose-transfer"),
    path("customers/chosen/segment", bulk_views.choose_segment, name="choose-segment"),
    path("customers/chosen/export", views.export_chosen, name="export-chosen"),
    path("customers/bulk/<int:number>", bulk_views.bulk, name="bulk"),
    path("customers/bulk/<int:number>/undo", bulk_views.undo_bulk, name="undo-bulk"),
    path("pool", pool_views.pool, name="pool"),
    path("pool/claim", pool_views.claim, name="claim"),
    path("pool/<path:code>", pool_views.pool_customer, name="pool-customer"),
    path("promises", promise_views.all_promises, name="promises"),
    path("promises/count", promise_views.count, name="promises-count"),
    path("promises/export.<str:ending>", promise_views.export, name="promises-export"),
    path("promises/kept", promise_views.keep_promise, name="promise-kept"),
    path("promises/put-off", promise_views.put_off, name="promise-put-off"),
    path("promises/reopen", promise_views.reopen, name="promise-reopen"),
    path("promises/<int:number>/undo", promise_views.undo, name="promise-undo"),
    path("segments", segment_views.all_segments, name="segments"),
    path("segments/new", segment_views.segment, name="new-segment"),
    path("segments/<path:code>", segment_views.segment, name="segment"),
    path("customer/<path:code>/edit-here", record_views.edit_here, name="edit-here"),
    path("customers/count", views.count, name="count"),
    path("customers/export.<str:ending>", views.export, name="export"),
    path("customer/<path:code>/transfer", record_views.transfer, name="transfer"),
    path("customer/<path:code>/edit", record_views.edit, name="edit"),
    path("customer/<path:code>/changes/<int:number>/take-back", record_views.take_back, name="take-back"),
    path("customer/<path:code>/group", group_views.group, name="group"),
    path("customer/<path:code>/place", group_views.place, name="place"),
    path("customer/<path:code>/timeline", dealing_views.timeline, name="timeline"),
    path("customer/<path:code>/contacts/new", dealing_views.contact, name="new-contact"),
    path("customer/<path:code>/contacts/<path:key>", dealing_views.contact, name="contact"),
    path("customer/<path:code>/dealings/new", dealing_views.dealing, name="new-dealing"),
    path("customer/<path:code>/dealings/<path:key>", dealing_views.dealing, name="dealing"),
    path("customer/<path:code>/signals/new", dealing_views.signal, name="new-signal"),
    path("customer/<path:code>/signals/<path:key>", dealing_views.signal, name="signal"),
    path("customer/<path:code>/notes/<int:number>/forget", dealing_views.forget_note, name="forget-note"),
]
