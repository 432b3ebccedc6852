"""A stock of a deployment's own: what is made of the packaged one, and what is refused."""

from __future__ import annotations

import random
from pathlib import Path
from zipfile import ZipFile

import pytest

from adapters.captcha import own_stock
from adapters.captcha.picture import draw
from adapters.captcha.stock import CLIPS, LOCALES, SPRITES, UnusableStock, packaged, read_stock
from adapters.captcha.voice import speak
from tests.thin_stock import ThinStock


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("own") / "stock"
    own_stock.make(made, ThinStock(), b"one", shapes=2)
    return made


@pytest.fixture
def copied(folder, tmp_path) -> Path:
    for name in (SPRITES, CLIPS):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    return tmp_path


def rewritten(path: Path, **entries: bytes | None) -> None:
    """The archive with some entries replaced, or left out where None stands for them."""
    with ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    with ZipFile(path, "w") as archive:
        for name, content in (held | entries).items():
            if content is not None:
                archive.writestr(name, content)


def test_is_of_whole_pieces_that_are_not_published(folder):
    """R27: nothing of it lies in the stock that is shipped; all of it can be composed."""
    own, shipped = read_stock(folder), packaged()
    for digit in range(10):
        assert len(set(own.sprites[digit])) == 2
        assert not set(own.sprites[digit]) & set(shipped.sprites[digit])
        for locale in LOCALES:
            assert len(set(own.clips(locale)[digit])) == 2
            assert not set(own.clips(locale)[digit]) & set(shipped.clips(locale)[digit])


def test_shapes_keep_their_ink(folder):
    """R27: a bent digit is as good as the digit: about as much ink, and none at its box's edge."""
    for own, shipped in zip(read_stock(folder).sprites, packaged().sprites, strict=True):
        least, *_, most = sorted(sum(map(int, shape.hex().translate(_INK))) for shape in shipped)
        for shape in own:
            assert 0.6 * least < sum(map(int, shape.hex().translate(_INK))) < 1.5 * most
            assert not any(shape[:28] + shape[-28:] + shape[::28] + shape[27::28])


_INK = str.maketrans("0123456789abcdef", "0000000011111111")


def test_pictures_and_sounds_are_of_it(folder):
    """R27: with one chance, another stock gives another picture and another sound."""
    own = read_stock(folder)
    assert draw("4071", random.Random(1), own) != draw("4071", random.Random(1))
    assert speak("4071", "fr", random.Random(1), own) != speak("4071", "fr", random.Random(1))


def test_seeds_differ(folder, tmp_path):
    """R27: two deployments have nothing in common."""
    own_stock.make(tmp_path / "other", ThinStock(), b"two", shapes=2)
    other = read_stock(tmp_path / "other")
    assert not set(other.sprites[8]) & set(read_stock(folder).sprites[8])
    assert not set(other.clips("fr")[8]) & set(read_stock(folder).clips("fr")[8])


def test_one_that_is_there_is_kept(copied):
    """R27: a stock in use is not replaced under the gateways."""
    with pytest.raises(FileExistsError, match=f"{SPRITES} is there already"):
        own_stock.make(copied, ThinStock(), b"two", shapes=1)


@pytest.mark.parametrize("name", [SPRITES, CLIPS])
def test_refuses_what_is_missing_or_no_archive(copied, name):
    """R27: the refusal names the file."""
    (copied / name).write_bytes(b"no archive")
    with pytest.raises(UnusableStock, match=f"{name} is no sound zip archive"):
        read_stock(copied)
    (copied / name).unlink()
    with pytest.raises(UnusableStock, match=f"{name} is missing"):
        read_stock(copied)
    (copied / name).mkdir()
    with pytest.raises(UnusableStock, match=f"{name} cannot be read"):
        read_stock(copied)


@pytest.mark.parametrize("sprite", [None, b"", b"\0" * 1569])
def test_refuses_shapes_that_are_not_whole(copied, sprite):
    """R27: each digit has shapes, all of one size."""
    rewritten(copied / SPRITES, **{"digit-6": sprite})
    with pytest.raises(UnusableStock, match=r"sprites\.zip holds no whole shapes of the digit 6"):
        read_stock(copied)


@pytest.mark.parametrize(
    ("clip", "reason"),
    [
        (b"\x80" * 100, "lasts too long or not long enough"),
        (b"\x80" * 9_000, "lasts too long or not long enough"),
        (b"\xff" * 4_000, "leaves no room for the hiss"),
    ],
)
def test_refuses_clips_that_cannot_be_played(copied, clip, reason):
    """R27: a clip is no blip, bounds the size of a sound, and does not overflow with the hiss."""
    rewritten(copied / CLIPS, **{"en/9/1": clip})
    with pytest.raises(
        UnusableStock, match=rf"clips\.zip has a clip that {reason}, of the digit 9"
    ):
        read_stock(copied)


def test_refuses_a_digit_that_is_not_said(copied):
    """R27: each digit is said in both languages."""
    rewritten(copied / CLIPS, **{f"fr/8/{index}": None for index in range(2)})
    with pytest.raises(UnusableStock, match=r"has no clip of the digit 8 \(fr\)"):
        read_stock(copied)
