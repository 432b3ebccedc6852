"""The schema: what may be asked, what is answered, and how an operation is run.

`mutations`, `queries` and `dashboard` hold the fields, each a use case; `call` is what they reach.
`operators` has the fields of the authority's own people as well: `operations` and `rounds`, with
the lists' `cursors`, `statistics`, `evidence`, `first_sending` and `operators_enums`; `alert_list`,
with `alert_enums`, and `alert_answers`. `inputs`, `types`, `enums` and `scalars` are the schema's
values, `problems` those that say why something was not done; `arguments` builds inputs at once,
`direct_resolvers` call a field's function with nothing in between, `names` are what no client may
find misspelt. `errors` turns refusals into `problems`,
`messages` says them in the voter's language, from `locales/`. `executable` runs operations;
`contract` tells what a release may change, `possible_types` what caches of clients have to know,
`codes` which codes there are.
"""
