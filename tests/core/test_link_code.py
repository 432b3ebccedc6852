"""The code of a link: the same token, for people who copy and type (R18)."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.link_code import code_of, token_of
from core.one_time_link import TOKEN_LENGTH


def token_of_bytes(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


TOKEN = token_of_bytes(bytes(range(32)))
CODE = "000G 40R4 0M30 E209 185G R38E 1W81 24GK 2GAH C5RR 34D1 P70X 3RFG"


def test_a_known_code():
    """R18: bytes 0 to 31 as any implementation of Crockford's base 32 writes them."""
    assert code_of(TOKEN) == CODE
    assert token_of(CODE) == TOKEN


@given(st.binary(min_size=32, max_size=32))
def test_there_and_back(content):
    """R14, R18: the code is the whole token in thirteen groups, none of its letters one that people
    take for another; the token itself is left as it is."""
    token = token_of_bytes(content)
    code = code_of(token)
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4} ){12}[0-9A-HJKMNP-TV-Z]{4}", code)
    assert token_of(code) == token == token_of(token)


@pytest.mark.parametrize(
    "given",
    [
        CODE.lower(),
        CODE.replace(" ", ""),
        CODE.replace(" ", "-"),
        CODE.replace(" ", "\n"),
        CODE.replace(" ", "\u00a0"),
        CODE.replace(" ", "\u2011"),
        CODE.replace("0", "O").replace("1", "l"),
        f"  {CODE}\u200b\n",
    ],
)
def test_as_people_give_it(given):
    """R10, R18: capitals, spaces, dashes and line ends do not count; O is 0, I and L are 1."""
    assert token_of(given) == TOKEN


@pytest.mark.parametrize(
    "given", ["", "x", CODE[:-1], f"{CODE}0", CODE.replace("G", "U"), "é" * 52]
)
def test_what_is_neither_stays(given):
    """R18: what is neither a token nor a code matches no link, and breaks nothing."""
    assert token_of(given) == "".join(given.split())


@pytest.mark.parametrize("text", ["", "x", "é" * TOKEN_LENGTH, "+" * TOKEN_LENGTH])
def test_no_code_for_what_is_no_token(text):
    """R18: only tokens of ours have codes."""
    assert code_of(text) is None
