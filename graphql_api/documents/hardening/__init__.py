"""What a document may cost, decided before it is validated or run (R38).

`verdict` looks at a document in this order, each step linear in its length: its text and its words
(`tokens`), each definition (`measure`), and its operations with every fragment expanded
(`expansion`). Only what passes is validated, because validation compares fields with each other.
`limits` are the figures, `refused` is what is raised. They hold for every operation of a document,
also for those that are not asked for: the verdict is kept with the document, whatever operation the
next request names.
"""
