"""Running an operation that has a plan."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLOutputType,
    Undefined,
    default_field_resolver,
    default_type_resolver,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.execution.executor import Executor
from graphql.execution.values import VariableValues, get_variable_values
from graphql.pyutils import Path

from .plan import Plan

MOST_ERRORS = 50
"""Of variables that are told, as graphql-core has it."""
AwaitableOr = Any
"""A value, or an awaitable of it: what is not awaited costs less."""


def run(
    plan: Plan,
    variables: dict[str, Any] | None,
    context: Any,
    is_awaitable: Callable[[Any], bool],
) -> ExecutionResult | Awaitable[ExecutionResult]:
    """As `graphql.execute` with suggestions hidden."""
    given = variables or {}
    coerced = plan.coerce_variables(given) if plan.coerce_variables else None
    if coerced is None:
        definitions = plan.operation.variable_definitions or ()
        found = get_variable_values(plan.schema, definitions, given, MOST_ERRORS, True)
        if isinstance(found, list):
            return ExecutionResult(None, found)
        coerced = found
    return _Run(plan, coerced, context, is_awaitable).execute_planned()


class _Run(Executor[None]):
    """graphql-core's executor, which looks up in the plan what it would work out.

    Overrides what is not promised to stay: `pyproject.toml` bounds the version, and
    `tests/graphql_api/test_plans.py` compares each answer with graphql-core's.
    """

    def __init__(
        self,
        plan: Plan,
        variables: VariableValues,
        context: Any,
        is_awaitable: Callable[[Any], bool],
    ) -> None:
        super().__init__(
            plan.schema,
            plan.fragment_definitions,
            plan.fragments,
            None,
            context,
            plan.operation,
            variables,
            default_field_resolver,
            default_type_resolver,  # pyright: ignore[reportArgumentType]
            default_field_resolver,
            is_awaitable=is_awaitable,  # pyright: ignore[reportArgumentType]
            hide_suggestions=True,
        )
        self._plan = plan
        self._relevant_sub_fields = plan.subfields

    def execute_planned(self) -> ExecutionResult | Awaitable[ExecutionResult]:
        """`execute_operation`, with the fields of the root as the plan has them."""
        plan = self._plan
        try:
            result: Any = self.execute_root_grouped_field_set(
                plan.root_type, None, plan.root_fields, plan.is_serial, None
            )
        except GraphQLError as error:
            return self._nothing(error)
        return self._awaited(result) if self.is_awaitable(result) else self._respond(result)

    async def _awaited(self, result: Awaitable[dict[str, Any]]) -> ExecutionResult:
        try:
            return self._respond(await result)
        except GraphQLError as error:
            return self._nothing(error)

    def _respond(self, data: dict[str, Any] | None) -> ExecutionResult:
        errors = self.collected_errors.errors
        if not errors:  # nothing goes on beside it; its helpers hold it, which makes it garbage
            vars(self).pop("async_helpers", None)
        return ExecutionResult(data, errors or None)

    def _nothing(self, error: GraphQLError) -> ExecutionResult:
        self.collected_errors.add(error, None)
        return self._respond(None)

    def execute_fields_serially(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: None,
    ) -> AwaitableOr:
        """One field has nothing to wait for."""
        act = super().execute_fields_serially if len(grouped_field_set) > 1 else self.execute_fields
        return act(parent_type, source_value, path, grouped_field_set, position_context)

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: None,
    ) -> AwaitableOr:
        step = self._plan.step(parent_type, field_details_list)
        return_type = step.field.type
        try:
            if step.reads:
                result = step.resolve(source)
                if step.coerce and self._is_plain(result):
                    coerced = step.coerce(result)
                    if coerced is not None and coerced is not Undefined:
                        return coerced
                info = self.build_resolve_info(step.field, step.nodes, parent_type, path)
            else:
                info = self.build_resolve_info(step.field, step.nodes, parent_type, path)
                result = step.resolve(source, info, **step.arguments(self.variable_values))
            if self.is_awaitable(result):
                return self.complete_awaitable_value(
                    return_type, field_details_list, info, path, result, None
                )
            completed = self.complete_value(
                return_type, field_details_list, info, path, result, None
            )
        except Exception as error:
            self.handle_field_error(error, return_type, field_details_list, path)
            return None
        if self.is_awaitable(completed):
            return self._completed(completed, return_type, field_details_list, path)
        return completed

    def complete_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: Any,
        path: Path,
        result: Any,
        position_context: None,
    ) -> AwaitableOr:
        key = type(result), id(field_details_list), id(return_type)
        quick = self._plan.quick.get(key)
        if quick is not None and (answer := quick(result, self.is_awaitable)) is not None:
            return answer
        completed = super().complete_value(
            return_type, field_details_list, info, path, result, position_context
        )
        if quick is None and type(completed) is dict:
            self._plan.learn(return_type, field_details_list, result)
        return completed

    def _is_plain(self, result: Any) -> bool:
        return not (result is None or isinstance(result, Exception) or self.is_awaitable(result))

    async def _completed(
        self,
        completed: Awaitable[Any],
        return_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        path: Path,
    ) -> Any:
        try:
            return await completed
        except Exception as error:
            self.handle_field_error(error, return_type, field_details_list, path)
            return None
