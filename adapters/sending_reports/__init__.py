"""A provider's report of the first sending, read line by line: `opened_report`.

One line is one receipt. Columns, in any order, named by the header line in English or French:
`numic`, `time`, `state`, and optionally `operator` and `route`.

`headings`  what providers call the columns
`reading`   from the file's bytes to receipts, and refusals of the others
"""

from adapters.sending_reports.reading import Report, ReportUnreadable, opened_report

__all__ = ["Report", "ReportUnreadable", "opened_report"]
