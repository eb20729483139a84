"""On which sites the widget may stand: origins, and nothing that could end a header or widen it."""

import pytest
from django.conf import LazySettings

from storefront.widgets import NotASite, origin_of


@pytest.mark.parametrize(
    ("pasted", "origin"),
    [
        ("https://www.example.com", "https://www.example.com"),
        ("  HTTPS://WWW.Example.com/products?x=1 ", "https://www.example.com"),
        ("example.com", "https://example.com"),
        ("https://example.com:443/", "https://example.com"),
        ("https://example.com:8443/", "https://example.com:8443"),
        ("https://카페.한국", "https://xn--ob7b27g.xn--3e0b707e"),
    ],
)
def test_whatever_is_pasted_the_origin_counts(pasted: str, origin: str) -> None:
    assert origin_of(pasted) == origin


@pytest.mark.parametrize(
    "pasted",
    [
        "", "https://", "http://example.com", "ftp://example.com", "javascript:alert(1)", "data:text/html,x",
        "https://*.example.com", "*", "'none'", "https://example.com;script-src *", "https://a b.example",
        "https://user@example.com", "https://192.0.2.1", "https://[::1]", "https://example", "https://example.com:99999",
        "https://example.com\r\nX: y", "null", "[", "https://[", "\x00", "https://-a.example", "https://a..b",
        "https://" + "a" * 300 + ".com",
    ],
)  # fmt: skip
def test_what_is_no_site_is_refused(pasted: str) -> None:
    with pytest.raises(NotASite):
        print(origin_of(pasted))


@pytest.mark.parametrize("local", ["http://localhost:9000", "http://127.0.0.1:8000", "http://cafe.localhost:8000"])
def test_this_machine_counts_only_where_one_tries_things_out(settings: LazySettings, local: str) -> None:
    assert origin_of(local) == local
    settings.PUBLIC_HOST = "dangol.example"
    with pytest.raises(NotASite):
        origin_of(local)
