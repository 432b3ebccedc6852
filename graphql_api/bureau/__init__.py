"""The report on a voting round: for the bureau of the vote, and for judges.

`csv_lines`     the figures as a table for spreadsheets
`line_of_time`  how the round went: shares by the hour, incidents, what operators did
`page`          the page, in French, as it is printed
`report`        what it is made of: the moments that matter, the tables
`spreadsheet`   tables as French spreadsheets read them, and nothing in a cell that they work out
"""
