"""The formatting layer as template filters. Built in: no {% load %} needed."""

from __future__ import annotations

from datetime import date, datetime

from django import template

from config import formatting

register = template.Library()


@register.filter
def points(number: int, unit: str = "P") -> str:
    return formatting.points(number, unit)


@register.filter
def signed_points(number: int, unit: str = "P") -> str:
    return formatting.signed_points(number, unit)


@register.filter
def money(minor: int, currency: str) -> str:
    return formatting.money(minor, currency)


@register.filter
def count(number: int) -> str:
    return formatting.count(number)


@register.filter
def day(value: date | datetime | None) -> str:
    return formatting.day(value) if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    return formatting.moment(value) if value else ""


@register.filter
def short_moment(value: datetime | None) -> str:
    return formatting.short_moment(value) if value else ""
