"""Countries with the currency, time zone and language that a shop there most likely wants. The data is CLDR's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from babel.core import Locale, UnknownLocaleError, get_global
from babel.dates import get_timezone_location
from babel.numbers import get_currency_name, get_territory_currencies

from config import formatting

# Where most people of a country with several time zones live; everywhere else the first zone is the one.
MAIN_ZONES = {
    "AR": "America/Argentina/Buenos_Aires",
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CD": "Africa/Kinshasa",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "FM": "Pacific/Pohnpei",
    "GL": "America/Nuuk",
    "ID": "Asia/Jakarta",
    "KI": "Pacific/Tarawa",
    "KZ": "Asia/Almaty",
    "MH": "Pacific/Majuro",
    "MN": "Asia/Ulaanbaatar",
    "MX": "America/Mexico_City",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PF": "Pacific/Tahiti",
    "PG": "Pacific/Port_Moresby",
    "PS": "Asia/Gaza",
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "US": "America/New_York",
    "UZ": "Asia/Tashkent",
}
# The languages of Dangol by country; everywhere else English.
LANGUAGES = {"KR": "ko"}
DEFAULT_COUNTRY = "GB"


@dataclass(frozen=True)
class Preset:
    """What a shop in a country starts with."""

    currency: str
    time_zone: str
    language: str


def preset(country: str) -> Preset:
    """The most likely settings of a country of `country_codes()`."""
    zones = time_zones(country)
    return Preset(
        currency=get_territory_currencies(country)[0],
        time_zone=MAIN_ZONES.get(country, zones[0]),
        language=LANGUAGES.get(country, "en"),
    )


@lru_cache(maxsize=1)
def country_codes() -> frozenset[str]:
    """Every country with a currency and a time zone."""
    zones = get_global("territory_zones")
    return frozenset(code for code in zones if len(code) == 2 and code != "ZZ" and get_territory_currencies(code))


def time_zones(country: str) -> list[str]:
    """The zones of a country."""
    return list(get_global("territory_zones")[country])


@lru_cache(maxsize=1)
def all_time_zones() -> frozenset[str]:
    """The zones of all countries."""
    return frozenset(zone for country in country_codes() for zone in time_zones(country))


def guess_country(accept_language: str) -> str:
    """The country that a browser's languages point to: `en-GB` names one, `ko` means Korea."""
    for wish in accept_language.split(","):
        code = wish.split(";")[0].strip()
        language, _separator, region = code.partition("-")
        if region.upper() in country_codes():
            return region.upper()
        if language.lower() == "ko":
            return "KR"
    return DEFAULT_COUNTRY


def country_choices() -> list[tuple[str, str]]:
    """Countries with their names in the active language, in the order of that language's alphabet."""
    return list(_country_choices(formatting.locale()))


def currency_choices() -> list[tuple[str, str]]:
    """The currencies of today: `KRW – South Korean won`."""
    return list(_currency_choices(formatting.locale()))


def time_zone_choices() -> list[tuple[str, str]]:
    """All zones: `Asia/Seoul – Seoul`, named in the active language."""
    return list(_time_zone_choices(formatting.locale()))


@lru_cache(maxsize=4)
def _country_choices(locale: str) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(locale).territories
    return tuple(sorted(((code, str(names.get(code, code))) for code in country_codes()), key=lambda pair: pair[1]))


@lru_cache(maxsize=4)
def _currency_choices(locale: str) -> tuple[tuple[str, str], ...]:
    codes = {currency for code in country_codes() for currency in get_territory_currencies(code)}
    return tuple((code, f"{code} – {get_currency_name(code, locale=locale)}") for code in sorted(codes))


@lru_cache(maxsize=4)
def _time_zone_choices(locale: str) -> tuple[tuple[str, str], ...]:
    return tuple((zone, f"{zone} – {_city(zone, locale)}") for zone in sorted(all_time_zones()))


def _city(zone: str, locale: str) -> str:
    try:
        return str(get_timezone_location(zone, locale=locale, return_city=True))
    except (LookupError, UnknownLocaleError):
        return zone.rsplit("/", 1)[-1].replace("_", " ")
