"""The consular register: an SQLite file made by the import, a REST service, or memory.

`import_csv`       import of the register from a CSV file: `import_register`
`ldap`             register in an LDAP directory (extra `ldap`)
`memory`           register in memory: for tests, for demonstrations
`postgres`         register read from our own copy in PostgreSQL, which `import_register` fills
`postgresql_view`  register read from a view in the consulate's own PostgreSQL.
`rest`             register behind a REST service of the consular information system
`rest_contract`    the JSON contract between the gateway and a register behind REST
`schema`           shape of our own copy of the register
`sqlite`           register read from the SQLite file that `import_register` makes
"""
