"""Outgoing webhooks, under the place for developers. Included by backoffice/urls.py in its namespace."""

from django.urls import path

from backoffice.pages import webhook, webhook_messages, webhooks

ONE = "developers/webhooks/<slug:public_id>/"
urlpatterns = [
    path("developers/webhooks/", webhooks.page, name="webhooks"),
    path("developers/webhooks/new/", webhooks.new, name="webhook_new"),
    path(ONE, webhook.page, name="webhook"),
    path(f"{ONE}edit/", webhooks.edit, name="webhook_edit"),
    path(f"{ONE}ping/", webhook.ping, name="webhook_ping"),
    path(f"{ONE}pause/", webhook.pause, name="webhook_pause"),
    path(f"{ONE}resume/", webhook.resume, name="webhook_resume"),
    path(f"{ONE}rotate/", webhook.rotate, name="webhook_rotate"),
    path(f"{ONE}delete/", webhook.delete, name="webhook_delete"),
    path(f"{ONE}redeliver/", webhook.redeliver, name="webhook_redeliver"),
    path(f"{ONE}messages/<int:pk>/", webhook_messages.page, name="webhook_message"),
    path(f"{ONE}messages/<int:pk>/redeliver/", webhook_messages.redeliver, name="webhook_message_redeliver"),
]
