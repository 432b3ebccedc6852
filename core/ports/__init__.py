"""What the use cases need of the world: one `Protocol` a file, declared for its consumer.

Every datetime is aware and in UTC. Every method may raise the `DependencyFailure` that its
docstring names, and nothing else that is the neighbour's fault.
"""
