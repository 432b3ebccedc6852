"""Pictures and sounds of the security code."""

import random
import struct
import wave
import zlib
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from adapters.captcha import assets, stock
from adapters.captcha.background import patches, scribbles
from adapters.captcha.lengths import drawn_out, joints
from adapters.captcha.picture import draw
from adapters.captcha.voice import speak

ALL_DIGITS = ("0123", "4567", "8901")
NOT_CODES = ("", "123", "12345", "12a4", " 123", "-123", "1.23", "١٢٣٤", "²³¹²", "12\n4")


def _chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    """Split a PNG into (kind, content) pairs, checking the length and checksum of each."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    found: list[tuple[bytes, bytes]] = []
    place = 8
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        kind, content = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        (checksum,) = struct.unpack_from(">I", png, place + 8 + length)
        assert checksum == zlib.crc32(kind + content)
        found.append((kind, content))
        place += 12 + length
    assert place == len(png)
    return found


def _levels(png: bytes) -> bytes:
    """Return the palette index of each pixel, row by row."""
    return Image.open(BytesIO(png)).tobytes()


def _frames(wav: bytes) -> bytes:
    with wave.open(BytesIO(wav)) as recording:
        return recording.readframes(recording.getnframes())


def _words(wav: bytes) -> int:
    """Count the stretches of sound that silences of 0.1 s or more set apart."""
    tenth = stock.SAMPLE_RATE // 10
    words, quiet = 0, tenth
    for sample in _frames(wav):
        if abs(sample - 131) > 16:
            words += quiet >= tenth
            quiet = 0
        else:
            quiet += 1
    return words


def _difference(clip: bytes, one: int, other: int) -> int:
    return sum(abs(clip[one + step] - clip[other + step]) for step in range(-16, 16))


class TestPicture:
    def test_is_a_whole_png_of_the_announced_size(self) -> None:
        """R27: the picture is a valid PNG, 200 by 70 pixels, 16 colours, nothing after its end."""
        chunks = _chunks(draw("4071", random.Random(1)))
        assert [kind for kind, _ in chunks] == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
        content = dict(chunks)
        assert struct.unpack(">IIBBBBB", content[b"IHDR"]) == (200, 70, 4, 3, 0, 0, 0)
        assert len(content[b"PLTE"]) == 16 * 3
        rows = zlib.decompress(content[b"IDAT"])
        assert len(rows) == 70 * (1 + 100)
        assert set(rows[::101]) == {0}

    @pytest.mark.parametrize("digits", ALL_DIGITS)
    def test_opens_in_an_imaging_library(self, digits: str) -> None:
        """R27: any decoder reads the picture of any digit."""
        with Image.open(BytesIO(draw(digits, random.Random(2)))) as image:
            image.load()
            assert (image.format, image.size) == ("PNG", (200, 70))

    def test_same_seed_gives_the_same_picture(self) -> None:
        """R27: asking again for the picture of a code may show the very same picture."""
        assert draw("4071", random.Random(3)) == draw("4071", random.Random(3))

    def test_another_seed_gives_another_picture(self) -> None:
        """R27: pictures of one code do not repeat, so none can be recognised by its bytes."""
        assert len({draw("4071", random.Random(seed)) for seed in range(50)}) == 50

    def test_depends_on_every_digit(self) -> None:
        """R27: with the background and places alike, each digit changes what is drawn."""
        codes = ("1111", "2111", "1211", "1121", "1112")
        assert len({_levels(draw(code, random.Random(4))) for code in codes}) == len(codes)

    def test_half_of_it_is_light_and_half_dark(self) -> None:
        """R27: ink and paper are swapped by patches, so no threshold sets digits apart."""
        levels = b"".join(_levels(draw("4071", random.Random(seed))) for seed in range(20))
        assert 0.35 < sum(level > 7 for level in levels) / len(levels) < 0.65

    @pytest.mark.parametrize("tile", [patches, scribbles])
    def test_background_is_drawn_for_it_alone(self, tile: Callable[[random.Random], int]) -> None:
        """R27: two backgrounds differ in their shapes, not in their places alone.

        One that was only rolled has as many pixels of each level as before.
        """
        tiles = [tile(random.Random(seed)).to_bytes(7_000, "big") for seed in range(30)]
        assert len({tuple(sorted(Counter(drawn.hex()).items())) for drawn in tiles}) > 25

    def test_curve_leaves_most_of_a_digit(self) -> None:
        """R27: what is scribbled over a picture covers a twentieth of it at most."""
        for seed in range(30):
            assert scribbles(random.Random(seed)).bit_count() < 200 * 70 * 4 / 20

    def test_stays_small(self) -> None:
        """R27: a picture weighs at most 8 kB, since voters abroad may have slow links."""
        assert max(len(draw("8888", random.Random(seed))) for seed in range(50)) <= 8_000

    @pytest.mark.parametrize("digits", NOT_CODES)
    def test_refuses_anything_but_four_digits(self, digits: str) -> None:
        """R27: a code is four digits from 0 to 9; the message does not repeat the value."""
        with pytest.raises(ValueError, match=r"^a security code is 4 digits from 0 to 9$"):
            draw(digits, random.Random(5))


class TestSound:
    @pytest.mark.parametrize("locale", ["fr", "en"])
    @pytest.mark.parametrize("digits", ALL_DIGITS)
    def test_is_a_wav_that_says_four_words(self, digits: str, locale: str) -> None:
        """R27: the sound is a mono 16 kHz 8-bit WAV with four words, in both languages."""
        wav = speak(digits, locale, random.Random(6))
        with wave.open(BytesIO(wav)) as recording:
            assert recording.getnchannels() == 1
            assert recording.getframerate() == 16_000
            assert recording.getsampwidth() == 1
            assert 1.5 <= recording.getnframes() / 16_000 <= 3.3
        assert struct.unpack_from("<I", wav, 4) == (len(wav) - 8,)
        assert _words(wav) == 4

    def test_languages_differ(self) -> None:
        """R27: the code is said in the language of the voter."""
        assert speak("4071", "fr", random.Random(7)) != speak("4071", "en", random.Random(7))

    def test_same_seed_gives_the_same_sound(self) -> None:
        """R27: asking again for the sound of a code may play the very same sound."""
        assert speak("4071", "fr", random.Random(8)) == speak("4071", "fr", random.Random(8))

    def test_another_seed_gives_another_sound(self) -> None:
        """R27: sounds of one code do not repeat, so none can be recognised by its bytes."""
        assert len({speak("4071", "en", random.Random(seed)) for seed in range(20)}) == 20

    def test_length_of_a_word_is_drawn(self) -> None:
        """R27: a word lasts as long as its sound drew, and no word is known by its length."""
        lasts = {
            digit: {
                len(drawn_out(clip, random.Random(seed))) for clip in voices for seed in range(20)
            }
            for digit, voices in enumerate(stock.packaged().clips("fr"))
        }
        assert min(map(len, lasts.values())) >= 20
        for digit in (6, 8, 9):
            others = [lasts[other] for other in lasts if other != digit]
            assert min(map(min, others)) < min(lasts[digit])
            assert max(map(max, others)) > max(lasts[digit])

    def test_joints_are_not_heard(self) -> None:
        """R27: a word goes on at a joint as it would have: half as different as elsewhere."""
        at_joints = elsewhere = 0
        for clip in (clip for voices in stock.packaged().clips("fr") for clip in voices):
            for start, end in joints(clip):
                at_joints += _difference(clip, start, end)
                elsewhere += _difference(clip, start, end - 25)
        assert 0 < at_joints < elsewhere / 2

    def test_hiss_of_one_sound_is_not_that_of_another(self) -> None:
        """R27: hiss is made for each sound, so none can be taken off again that is known."""
        edges = {_frames(speak("4071", "fr", random.Random(seed)))[:16] for seed in range(50)}
        runs = b"|".join(_frames(speak("4071", "fr", random.Random(seed))) for seed in range(20))
        assert all(runs.count(edge) <= 1 for edge in edges)

    def test_silences_hiss(self) -> None:
        """R27: the gaps between words hold faint noise, not a run of equal bytes."""
        frames = _frames(speak("4071", "fr", random.Random(9)))
        assert set(frames[:800]) == set(range(128, 128 + stock.HISS_PEAK + 1))

    @pytest.mark.parametrize("locale", ["fr", "en"])
    def test_stays_small(self, locale: str) -> None:
        """R27: a sound weighs at most 56 kB, since voters abroad may have slow links."""
        sizes = [len(speak("0897", locale, random.Random(seed))) for seed in range(50)]
        assert max(sizes) <= 56_000

    @pytest.mark.parametrize("digits", NOT_CODES)
    def test_refuses_anything_but_four_digits(self, digits: str) -> None:
        """R27: a code is four digits from 0 to 9; the message does not repeat the value."""
        with pytest.raises(ValueError, match=r"^a security code is 4 digits from 0 to 9$"):
            speak(digits, "fr", random.Random(10))

    @pytest.mark.parametrize("locale", ["", "FR", "fr-FR", "de"])
    def test_refuses_a_language_without_a_voice(self, locale: str) -> None:
        """R27: there are voices for "fr" and "en" only."""
        with pytest.raises(ValueError, match=r"^no voice for this locale, only for fr, en$"):
            speak("4071", locale, random.Random(11))


class TestStock:
    def test_has_dozens_of_shapes_for_each_digit(self) -> None:
        """R27: each digit has at least thirty shapes, all different and of one size."""
        size = stock.SPRITE_SIDE * stock.SPRITE_ROW_BYTES
        for shapes in stock.packaged().sprites:
            assert len(set(shapes)) == len(shapes) >= 30
            assert {len(shape) for shape in shapes} == {size}
        assert len(stock.packaged().sprites) == 10

    @pytest.mark.parametrize("locale", stock.LOCALES)
    def test_has_several_voices_for_each_digit(self, locale: str) -> None:
        """R27: each digit has several clips, of half a second at most."""
        for voices in stock.packaged().clips(locale):
            assert len(set(voices)) == len(voices) >= 3
            assert max(map(len, voices)) <= stock.SAMPLE_RATE / 2
        assert len(stock.packaged().clips(locale)) == 10

    @pytest.mark.parametrize("locale", stock.LOCALES)
    def test_hiss_never_overflows_a_clip(self, locale: str) -> None:
        """R27: the loudest sample plus the loudest hiss fits in a byte, for all are added at once.

        An overflow would carry into the next sample and click.
        """
        loudest = max(max(clip) for voices in stock.packaged().clips(locale) for clip in voices)
        assert loudest + stock.HISS_PEAK <= 255

    def test_weighs_less_than_600_kilobytes(self) -> None:
        """The archives that ship with the product stay small."""
        folder = Path(assets.__path__[0])
        assert 0 < sum(path.stat().st_size for path in folder.glob("*.zip")) < 600_000
