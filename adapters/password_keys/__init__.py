"""Password keys of one day each, in a file outside the database.

`daily`     the port `DailyKeys`: what a process holds of the file in memory
`key_file`  the file: how it is written, read, replaced, and what is refused
"""
