"""Documents that operators have looked at before they are served, by partner (R38).

They are parsed, examined and validated when they are read, by the same limits as any other. A
broken file refuses the start; later it leaves the set as it was, and the log says so.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import structlog

from .reading import ReadDocument
from .trusted_files import (
    ANY_PARTNER,
    OPERATIONS,
    PORTAL,
    PREFIX,
    DocumentsRefused,
    Read,
    TrustedDocument,
    digest_of,
    read_folder,
    read_page,
    state_of,
)

LOOK_AGAIN = 1.0
"""Seconds between two looks at the folder."""
_log = structlog.stdlib.get_logger("reassort.documents")


class DocumentNotServed(Exception):
    """A document that is asked for, by id or word for word, and not served. `code` is what partners
    branch on; the text holds nothing that the caller sent."""

    def __init__(self, reason: str, code: str) -> None:
        super().__init__(reason)
        self.code = code


class DocumentUse:
    """How often each trusted document was asked for, since the start of this process."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def note(self, document: TrustedDocument) -> None:
        self._counts[document.id, document.partner] += 1

    def counts(self) -> Mapping[tuple[str, str], int]:
        """Uses by (document id, partner); the partner is empty for documents of everyone's. Only
        ids that were registered stand here, so that no caller can make up new ones."""
        return dict(self._counts)


class TrustedDocuments:
    """The documents that may be asked for by their id, and in `only` mode the only ones."""

    def __init__(
        self,
        read: Read,
        folder: Path | None = None,
        only: bool = False,
        portal: bool = False,
        tick: Callable[[], float] = time.monotonic,
        operations: bool = False,
    ) -> None:
        """`read` parses and validates; `portal`: trust the reference front end's operations, too;
        `operations`: those of the operators' page. Raises `DocumentsRefused`."""
        self._read, self._folder, self._only, self._tick = read, folder, only, tick
        shown = {PORTAL: portal, OPERATIONS: operations}
        pages = [page for page, is_shown in shown.items() if is_shown]
        self._pages = [each for page in pages for each in read_page(page, read)]
        self._state = state_of(folder) if folder else ()
        self._by_id = self._everything()
        self._next_look = tick() + LOOK_AGAIN
        self.use = DocumentUse()

    def choose(
        self, query: str, document_id: str | None, partner: str | None
    ) -> ReadDocument | None:
        """The trusted document that is asked for, by its id or word for word; None when any other
        may be read in its place. Raises `DocumentNotServed`."""
        self._look_again()
        id = document_id.removeprefix(PREFIX) if document_id else digest_of(query)
        if query and len(id) == 64 and id != digest_of(query):
            raise DocumentNotServed("The document's id is not that of its text.", "BAD_REQUEST")
        found = self._find(digest_of(query) if query else id, partner)
        if found is not None:
            self.use.note(found)
            return found.read
        if not query:
            raise DocumentNotServed("No document has this id.", "PERSISTED_QUERY_NOT_FOUND")
        if self._only:
            reason = "Only documents that were registered are served."
            raise DocumentNotServed(reason, "DOCUMENT_NOT_TRUSTED")
        return None

    def _find(self, id: str, partner: str | None) -> TrustedDocument | None:
        """Of this partner, or of everyone; of anyone while nobody makes sure who calls."""
        mine = (ANY_PARTNER, PORTAL, OPERATIONS, partner)
        for document in self._by_id.get(id, ()):
            if partner is None or document.partner in mine:
                return document
        return None

    def _everything(self) -> Mapping[str, Sequence[TrustedDocument]]:
        """Raises `DocumentsRefused`."""
        folder = read_folder(self._folder, self._read) if self._folder else []
        return _by_id([*self._pages, *folder])

    def _look_again(self) -> None:
        """Read the folder again when a file has changed."""
        if self._folder is None or self._tick() < self._next_look:
            return
        self._next_look = self._tick() + LOOK_AGAIN
        state = state_of(self._folder)
        if state == self._state:
            return
        self._state = state
        try:
            self._by_id = self._everything()
        except DocumentsRefused as refusal:
            _log.error("trusted_documents_kept", reason=str(refusal))
        else:
            _log.info("trusted_documents_read", documents=len(self._by_id))


def _by_id(documents: Iterable[TrustedDocument]) -> Mapping[str, Sequence[TrustedDocument]]:
    found: defaultdict[str, list[TrustedDocument]] = defaultdict(list)
    for document in documents:
        found[document.id].append(document)
    return dict(found)
