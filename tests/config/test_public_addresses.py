"""Which addresses are public: vectors of other projects' tests, and those that Python's own answer gets wrong."""

from __future__ import annotations

import pytest

from config.public_addresses import is_public

PUBLIC = (
    "1.1.1.1",
    "8.8.8.8",
    "93.184.215.14",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.0.3.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "::ffff:8.8.8.8",
    "2001:4860:4860::8888",
    "2001:200::1",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
)
# As in Svix's test of is_allowed, which follows the documentation of Rust's Ipv4Addr::is_global.
FROM_SVIX = (
    "10.254.0.0",
    "192.168.10.65",
    "172.16.10.65",
    "0.1.2.3",
    "0.0.0.0",
    "127.0.0.1",
    "169.254.45.1",
    "255.255.255.255",
    "192.0.2.255",
    "198.51.100.65",
    "203.0.113.6",
    "100.100.0.0",
    "192.0.0.0",
    "192.0.0.255",
    "250.10.20.30",
    "198.18.0.0",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:0.0.0.1",
)
# What ipaddress.is_global calls global in Python 3.11 though nobody should be sent there.
GLOBAL_IN_NAME = (
    "224.1.2.3",
    "233.252.0.16",
    "192.0.0.255",
    "192.88.99.3",
    "3fff::1",
    "3fff:fff:ffff::1",
    "2002:c0a8:1::",
    "64:ff9b::c0a8:0",
    "ff02::1",
    "fec0::1",
    "5f00::1",
    "::7f00:1",
)
OTHERS = (
    "0:0:0:ffff::1",  # Svix lets it through; nobody is reached there
    "::",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",  # Teredo
    "2001:0:53aa:64c::",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "ff0e::1",
    "100.127.255.255",
    "172.31.255.255",
    "198.19.255.255",
    "239.255.255.255",
    "240.0.0.1",
    "255.0.0.1",
    "",
    "hooks.example",
    "127.1",
    "2130706433",
    "0177.0.0.1",
)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", FROM_SVIX + GLOBAL_IN_NAME + OTHERS)
def test_an_address_from_inside_or_of_no_one_is_not(address: str) -> None:
    assert not is_public(address)
