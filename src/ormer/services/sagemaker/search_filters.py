"""Search's filters as SQL: a path of the flattened properties, an operator, a value; and what no document holds.

Tags, metrics and the tree experiment -> trial -> run are rows of their own, so their filters are put apart.
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Filter.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from ormer.aws.errors import AwsError
from ormer.services.sagemaker.trials import PART_OF_TRIAL, TRIAL
from ormer.stores.database import Begins
from ormer.stores.tables import associations, properties, run_metrics, tags
from ormer.stores.tables import resources as table

JsonDict = dict[str, Any]
Condition = sa.ColumnElement[bool]
ORDERS: Mapping[str, str] = {
    "GreaterThan": ">",
    "GreaterThanOrEqualTo": ">=",
    "LessThan": "<",
    "LessThanOrEqualTo": "<=",
}
METRIC = re.compile(r"^Metrics\.(?P<name>.+?)(?:\.(?P<summary>Max|Min|Avg|Last|Count|StdDev))?$")
PARAMETER = re.compile(r"^Parameters\..+")
TAG = re.compile(r"^Tags\.(?P<key>.+)$")
FINAL_METRICS = "FinalMetricDataList"


def expression(wanted: JsonDict, kind: str) -> Condition:
    """A SearchExpression as a condition on `tables.resources`. kind: the kind that is searched."""
    parts = [_filter(one, kind) for one in wanted.get("Filters", ())]
    parts += [_nested(one, kind) for one in wanted.get("NestedFilters", ())]
    parts += [expression(sub, kind) for sub in wanted.get("SubExpressions", ())]
    if not parts:
        return sa.true()
    return sa.or_(*parts) if wanted.get("Operator", "And") == "Or" else sa.and_(*parts)


def paths(name: str, kind: str) -> list[str]:
    """Where a property stands in documents: a run's parameter, `Parameters.depth`, has its value one level deeper."""
    if kind == "ExperimentTrialComponent" and PARAMETER.match(name):
        return [name, f"{name}.NumberValue", f"{name}.StringValue"]
    return [name]


def metric_named(name: str) -> re.Match[str] | None:
    """`Metrics.loss` or `Metrics.loss.Min`, taken apart; None for another property."""
    return METRIC.match(name)


def metric_values(name: str, summary: str | None, kind: str) -> sa.Select[Any]:
    """(arn, value) of a metric: a training job's final value, or a summary (the last value unless named) of a run's."""
    own = name.strip("'\"")
    if kind == "TrainingJob":
        return _final_values(own)
    c = run_metrics.c
    if summary in (None, "Last"):
        last = sa.select(sa.func.max(c.id)).where(c.name == own).group_by(c.arn)
        return sa.select(c.arn, c.value).where(c.id.in_(last))
    mean = sa.func.avg(c.value)
    summaries: Mapping[str | None, sa.ColumnElement[Any]] = {
        "Max": sa.func.max(c.value),
        "Min": sa.func.min(c.value),
        "Avg": mean,
        "Count": sa.func.count(),
        # The deviation's square; what is compared with it is squared too.
        "StdDev": sa.func.avg(c.value * c.value) - mean * mean,
    }
    return sa.select(c.arn, summaries[summary].label("value")).where(c.name == own).group_by(c.arn)


def _filter(one: JsonDict, kind: str) -> Condition:
    name, operator, value = one["Name"], one.get("Operator", "Equals"), one.get("Value")
    if operator not in ("Exists", "NotExists") and value is None:
        raise AwsError("ValidationException", f"The filter on {name} with operator {operator} needs a Value.")
    tag, metric = TAG.match(name), metric_named(name)
    if tag:
        return _tag(tag["key"].strip("'\""), operator, value or "")
    if metric:
        return _metric(metric, operator, value or "", kind)
    if name in ("Parents.ExperimentName", "Parents.TrialName") or (
        name in ("ExperimentName", "TrialName") and kind == "ExperimentTrialComponent"
    ):
        found = _of_parent(name.rpartition(".")[2], operator, value or "")
        return sa.not_(found) if operator in ("NotEquals", "NotExists") else found
    c = properties.c
    own = sa.select(c.arn).where(c.path.in_(paths(name, kind)))
    # Apart, so that each is found by an index.
    elements = Begins(c.path, f"{name}["), c.path.like(f"{_escaped(name)}[%]", escape="\\")
    return _held((own, sa.select(c.arn).where(*elements)), c.text, c.number, operator, value or "", name)


def _nested(one: JsonDict, kind: str) -> Condition:
    """Filters that one and the same element of a list must meet."""
    prefix = one["NestedPropertyName"]
    if prefix == "Parents":
        return sa.and_(
            *(_filter({**inner, "Name": f"Parents.{_tail(inner, prefix)}"}, kind) for inner in one["Filters"])
        )
    if prefix == "Tags":
        return _tag_pair(one["Filters"])
    c = properties.c
    elements = []
    for inner in one["Filters"]:
        tail, operator, value = f".{_tail(inner, prefix)}", inner.get("Operator", "Equals"), inner.get("Value", "")
        path = c.path.like(f"{_escaped(prefix)}[%]{_escaped(tail)}", escape="\\")
        # Cutting the tail off a path leaves the element, `InputDataConfig[1]`.
        element = sa.select(c.arn, sa.func.replace(c.path, tail, "").label("element")).where(path)
        if operator != "Exists":
            element = element.where(_compare(c.text, c.number, operator, value, inner["Name"]))
        elements.append(element)
    met = sa.intersect(*elements).subquery() if len(elements) > 1 else elements[0].subquery()
    return table.c.arn.in_(sa.select(met.c.arn))


def _tail(inner: JsonDict, prefix: str) -> str:
    return str(inner["Name"]).removeprefix(f"{prefix}.")


def _held(rows: tuple[sa.Select[Any], ...], text: Any, number: Any, operator: str, value: str, name: str) -> Condition:
    """Whether a resource is among the rows whose text or number meets the operator."""
    if operator == "Exists":
        return table.c.arn.in_(_together(rows))
    if operator == "NotExists":
        return table.c.arn.not_in(_together(rows))
    kept = "Equals" if operator == "NotEquals" else operator
    met = _together(tuple(each.where(_compare(text, number, kept, value, name)) for each in rows))
    return table.c.arn.not_in(met) if operator == "NotEquals" else table.c.arn.in_(met)


def _together(rows: tuple[sa.Select[Any], ...]) -> sa.Select[Any] | sa.CompoundSelect[Any]:
    return rows[0] if len(rows) == 1 else sa.union_all(*rows)


def _compare(text: Any, number: Any, operator: str, value: str, name: str) -> Condition:
    if operator == "Equals":
        return sa.or_(text == value, number == float(value)) if _is_number(value) else text == value  # type: ignore[no-any-return]
    if operator == "NotEquals":
        return sa.not_(_compare(text, number, "Equals", value, name))
    if operator == "Contains":
        found: Condition = sa.func.lower(text).contains(value.lower(), autoescape=True)
        return found
    if operator == "In":
        return sa.or_(*(_compare(text, number, "Equals", one.strip(), name) for one in value.split(",")))
    if operator in ORDERS:
        # Times are numbers in documents; a filter may write them as AWS does.
        at = _number(value)
        if at is not None:
            return number.op(ORDERS[operator], is_comparison=True)(at)  # type: ignore[no-any-return]
        return text.op(ORDERS[operator], is_comparison=True)(value)  # type: ignore[no-any-return]
    raise AwsError("ValidationException", f"The operator {operator} does not fit {name}.")


def _tag(key: str, operator: str, value: str) -> Condition:
    c = tags.c
    if key in ("Key", "Value"):
        column = c.key if key == "Key" else c.value
        return _held((sa.select(c.arn),), column, sa.null(), operator, value, f"Tags.{key}")
    number = sa.cast(c.value, sa.Float) if _is_number(value) and operator in ORDERS else sa.null()
    return _held((sa.select(c.arn).where(c.key == key),), c.value, number, operator, value, f"Tags.{key}")


def _tag_pair(filters: list[JsonDict]) -> Condition:
    c = tags.c
    rows = sa.select(c.arn)
    for inner in filters:
        column = c.key if _tail(inner, "Tags") == "Key" else c.value
        rows = rows.where(_compare(column, sa.null(), inner.get("Operator", "Equals"), inner.get("Value", ""), "Tags"))
    return table.c.arn.in_(rows)


def _metric(metric: re.Match[str], operator: str, value: str, kind: str) -> Condition:
    found = metric_values(metric["name"], metric["summary"], kind).subquery()
    rows = sa.select(found.c.arn)
    if operator in ("Exists", "NotExists"):
        return table.c.arn.in_(rows) if operator == "Exists" else table.c.arn.not_in(rows)
    at = _number(value)
    if at is None or operator in ("Contains", "In"):
        raise AwsError("ValidationException", f"The filter on {metric[0]} compares numbers; {value!r} is none.")
    if metric["summary"] == "StdDev":
        at *= at
    symbol = ORDERS.get(operator, "!=" if operator == "NotEquals" else "=")
    return table.c.arn.in_(rows.where(found.c.value.op(symbol, is_comparison=True)(at)))


def _final_values(name: str) -> sa.Select[Any]:
    named, valued = properties.alias("named"), properties.alias("valued")
    element = sa.func.replace(named.c.path, ".MetricName", "")
    return (
        sa.select(named.c.arn, valued.c.number.label("value"))
        .join(valued, sa.and_(valued.c.arn == named.c.arn, valued.c.path == element + ".Value"))
        .where(named.c.path.like(f"{FINAL_METRICS}[%].MetricName"), named.c.text == name)
    )


def _of_parent(member: str, operator: str, value: str) -> Condition:
    """Whether a run is in a trial, or in a trial of an experiment, whose name meets the operator."""
    a = associations.c
    trials = table.alias("trials")
    wanted = sa.select(trials.c.arn).where(trials.c.kind == TRIAL.kind)
    if operator not in ("Exists", "NotExists"):
        kept = "Equals" if operator == "NotEquals" else operator
        c = properties.c
        named = sa.select(c.arn).where(c.path == member, _compare(c.text, c.number, kept, value, member))
        wanted = wanted.where(trials.c.arn.in_(named))
    # Asked run by run: of an experiment with a hundred thousand runs a page is found without gathering all of them.
    return sa.exists().where(a.source == table.c.arn, a.type == PART_OF_TRIAL, a.destination.in_(wanted))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _number(value: str) -> float | None:
    """A number, or a time written as ISO 8601, in seconds; None for other text."""
    if _is_number(value):
        return float(value)
    try:
        return datetime.fromisoformat(value).replace(tzinfo=datetime.fromisoformat(value).tzinfo or UTC).timestamp()
    except ValueError:
        return None
