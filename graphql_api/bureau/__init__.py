"""The report on a voting round: for the bureau of the vote, and for judges.

`csv_lines`   the figures as a table for spreadsheets
`page`        the page, in French, as it is printed
`report`      what it is made of: the moments that matter, the tables
"""
