"""Reading trusted documents from a folder: `*.graphql` files and `*.json` manifests.

A manifest is `{"id": "document"}`, or Apollo's persisted query manifest. What lies in a sub-folder
belongs to the partner of that name, the rest to everyone. A document's id is the SHA-256 of its
UTF-8 text, with or without `sha256:` before it, and what a manifest calls it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import orjson

from core.errors import ConfigurationRefused

from .reading import ReadDocument

_DIGEST = re.compile(r"[0-9a-fA-F]{64}")
ANY_PARTNER = ""
PORTAL = "portal"
"""The reference front end, as a partner."""
OPERATIONS = "operations"
"""The operators' page, likewise."""
PREFIX = "sha256:"
_PAGES = {
    PORTAL: ("graphql_api.portal", "operations"),
    OPERATIONS: ("graphql_api.operations_page", "queries"),
}

Read = Callable[[str], ReadDocument]
"""Parses, examines and validates one document."""


class DocumentsRefused(ConfigurationRefused):
    """A file of trusted documents cannot be used; the text names it and says why."""


@dataclass(frozen=True)
class TrustedDocument:
    """A document, ready to run, and who has registered it."""

    id: str
    partner: str
    read: ReadDocument


def digest_of(text: str) -> str:
    """The id of a document that has no other: 64 hexadecimal digits."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def state_of(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Changes whenever a file does. What goes away while it is looked at counts as gone."""
    found: list[tuple[str, int, int]] = []
    for path in _files_in(folder):
        try:
            facts = path.stat()
        except OSError:
            continue
        found.append((str(path), facts.st_mtime_ns, facts.st_size))
    return tuple(found)


def read_folder(folder: Path, read: Read) -> list[TrustedDocument]:
    """Every document of the folder, under each of its ids. Raises `DocumentsRefused`."""
    if not folder.is_dir():
        raise DocumentsRefused("the folder of trusted documents is missing")
    found: list[TrustedDocument] = []
    for path in _files_in(folder):
        name = str(path.relative_to(folder))
        partner = ANY_PARTNER if path.parent == folder else path.parent.name
        found += [trust(read, name, id, partner, text) for id, text in _texts_of(path, name)]
    return found


def read_page(page: str, read: Read) -> list[TrustedDocument]:
    """The operations of a page of ours: `PORTAL` or `OPERATIONS`. Raises `DocumentsRefused`."""
    package, name = _PAGES[page]
    folder = files(package).joinpath(name)
    operations = [file for file in folder.iterdir() if file.name.endswith(".graphql")]
    texts = {file.name: file.read_text("utf-8") for file in operations}
    return [trust(read, name, digest_of(text), page, text) for name, text in texts.items()]


def trust(read: Read, name: str, id: str, partner: str, text: str) -> TrustedDocument:
    """A document of the file `name`, if nothing is wrong with it. Raises `DocumentsRefused`."""
    document = read(text)
    if document.errors:
        raise DocumentsRefused(f"{name}: {document.errors[0].message}")
    return TrustedDocument(id, partner, document)


def _files_in(folder: Path) -> list[Path]:
    found = [*folder.glob("*"), *folder.glob("*/*")]
    return sorted(each for each in found if each.suffix in (".graphql", ".json"))


def _texts_of(path: Path, name: str) -> Iterator[tuple[str, str]]:
    """The documents of one file, by their ids."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise DocumentsRefused(f"{name}: cannot be read as UTF-8") from None
    if path.suffix == ".graphql":
        yield digest_of(text), text
        return
    for id, document in _manifest(text, name).items():
        yield from {id: document, digest_of(document): document}.items()


def _manifest(text: str, name: str) -> dict[str, str]:
    try:
        manifest = orjson.loads(text)
        if "operations" in manifest:
            manifest = {each["id"]: each["body"] for each in manifest["operations"]}
        fits = all(isinstance(each, str) for pair in manifest.items() for each in pair)
    except (orjson.JSONDecodeError, TypeError, KeyError, AttributeError):
        fits, manifest = False, {}
    if not fits:
        raise DocumentsRefused(f"{name}: not a manifest of ids and documents")
    for id, document in manifest.items():
        if _DIGEST.fullmatch(id.removeprefix(PREFIX)) and (
            id.removeprefix(PREFIX).lower() != digest_of(document)
        ):
            raise DocumentsRefused(f"{name}: {id} is the SHA-256 of another document")
    return {id.removeprefix(PREFIX): document for id, document in manifest.items()}
