"""Make ``sprites.zip`` and ``clips.zip``; run by hand when shapes or voices are to change.

    python -m adapters.captcha.assets.build [sprites] [clips]

Without arguments both archives are made. Needs Pillow and numpy, and these Debian packages:

- fontconfig (``fc-match``), fonts-dejavu-core, fonts-dejavu-extra, fonts-liberation, fonts-lato:
  the shapes of the digits;
- espeak-ng: the voices.

The seed is fixed and archive dates are constant, so that the same versions of those packages give
the same archives byte for byte. None of this is needed where the product runs.
"""

import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from adapters.captcha.assets.clip_making import all_clips
from adapters.captcha.assets.sprite_making import all_sprites

_MAKERS = {"sprites": all_sprites, "clips": all_clips}


def main(names: list[str]) -> None:
    """Write the named archives next to this file; raise ``KeyError`` for an unknown name."""
    for name in names or _MAKERS:
        path = Path(__file__).with_name(f"{name}.zip")
        _write(path, _MAKERS[name]())
        print(f"{path.name}: {path.stat().st_size} bytes")


def _write(path: Path, entries: dict[str, bytes]) -> None:
    with ZipFile(path, "w") as archive:
        for name, content in entries.items():
            entry = ZipInfo(name)  # its default date is constant
            entry.compress_type = ZIP_DEFLATED
            archive.writestr(entry, content, compresslevel=9)


if __name__ == "__main__":
    main(sys.argv[1:])
