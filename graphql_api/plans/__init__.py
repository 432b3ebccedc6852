"""Plans: what of an operation is the same each time it is run, worked out once.

A document that is sent over and over is parsed and validated once; graphql-core still works out for
each run which fields are selected on which type, where each argument comes from, and how each
variable is coerced. A plan remembers that. What a run does is graphql-core's own code, which is
given these answers; whatever a plan does not know is asked of graphql-core, so that values and
errors stay its own, letter by letter. Nothing here knows what the schema is about.

`plan`: which operations have one, and what it holds; `variables`: how variables are coerced;
`run`: graphql-core's executor with a plan.
"""

from .plan import Plan, plan_of
from .run import run

__all__ = ["Plan", "plan_of", "run"]
