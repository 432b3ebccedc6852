"""What a document may cost, decided before it is validated or run (R38).

A document is looked at in this order, each step linear in its length: its text (`text`), its tokens
(`tokens`), its definitions (`definitions`), and its operations with every fragment expanded
(`operations`). Only what passes is validated, because validation compares fields with each other.
Limits hold for every operation of a document, also for those that are not asked for: the verdict is
kept with the document, whatever operation the next request names.
"""

from .document_limits import DocumentLimits
from .refused import DocumentRefused
from .verdict import examine

__all__ = ["DocumentLimits", "DocumentRefused", "examine"]
