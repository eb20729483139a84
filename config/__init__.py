"""Settings, URL roots and what every room shares. Imports nothing from the other rooms."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
