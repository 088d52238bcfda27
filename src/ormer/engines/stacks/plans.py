"""What an update would do, told without doing it: for change sets, and for "No updates are to be performed."

Values that are known only once something is made stand as marks in the texts that hold them, so that a comparison sees
a change without knowing the new value. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ormer.engines.stacks import comparing, scopes
from ormer.engines.stacks.contracts import ResourceType
from ormer.engines.stacks.language import parameters, references
from ormer.engines.stacks.language.declarations import Declared
from ormer.engines.stacks.language.faults import TemplateFault
from ormer.engines.stacks.language.functions import Scope, function_of
from ormer.engines.stacks.language.templates import Template
from ormer.engines.stacks.language.values import NO_VALUE, parts_of, plain, text_of
from ormer.engines.stacks.scopes import Types
from ormer.stores.stacks.members import Member

JsonDict = dict[str, Any]
TagList = list[dict[str, str]]
MARK = "\x00"
NEVER, PERHAPS, ALWAYS = "Never", "Conditionally", "Always"


@dataclass(frozen=True)
class Detail:
    """One reason of a change, in the words of ResourceChangeDetail."""

    attribute: str
    name: str = ""
    recreation: str = NEVER
    source: str = "DirectModification"
    cause: str = ""

    @property
    def is_dynamic(self) -> bool:
        return self.source in ("ResourceReference", "ResourceAttribute", "Automatic")


@dataclass(frozen=True)
class Change:
    """What happens to one resource. action: Add, Modify or Remove. policy: what becomes of the one that goes."""

    action: str
    logical_id: str
    type: str
    physical_id: str = ""
    details: tuple[Detail, ...] = ()
    policy: str = ""

    @property
    def replacement(self) -> str:
        """True, False or Conditional for a Modify."""
        needs = {one.recreation for one in self.details}
        return "True" if ALWAYS in needs else "Conditional" if PERHAPS in needs else "False"


@dataclass
class Plan:
    """A stack as it is against a template. texts, tags: the new parameters' texts and the stack's new tags.

    before, texts_before: the template in force and its parameters' texts; None and {} for a new stack.
    """

    template: Template
    texts: Mapping[str, str]
    tags: TagList
    own: Mapping[str, Any]
    rows: Mapping[str, Member]
    types: Types
    exported: Callable[[str], Any]
    before: Template | None = None
    texts_before: Mapping[str, str] = field(default_factory=dict)
    _found: dict[str, Change] = field(default_factory=dict)

    def changes(self) -> list[Change]:
        """Every change, those that make or modify in the template's order, then what goes. Raises TemplateFault."""
        scope = self._scope()
        wanted = {name: each for name, each in self.template.resources.items() if scope.holds(each.conditional)}
        graph = {name: references.needs(each, self.template, scope) for name, each in wanted.items()}
        for name in references.order(graph):
            change = self._change(wanted[name], scope)
            if change is not None:
                self._found[name] = change
        gone = [row for name, row in self.rows.items() if name not in wanted and row.status]
        removals = [
            Change("Remove", row.logical_id, row.type, row.physical_id, policy=_kept(row.declared.get("deletion")))
            for row in gone
        ]
        return [self._found[name] for name in wanted if name in self._found] + removals

    def outputs(self) -> list[JsonDict]:
        """The outputs as far as they are known; call it after `changes`."""
        scope = self._scope()
        found = []
        for name, output in self.template.outputs.items():
            if scope.holds(output.conditional):
                shown = {"OutputKey": name, "OutputValue": text_of(plain(self._tolerant(output.value, scope)))}
                if output.description:
                    shown["Description"] = output.description
                if output.export is not None:
                    shown["ExportName"] = str(self._tolerant(output.export, scope))
                found.append(shown)
        return found

    # -- values ---------------------------------------------------------------------------------------------------

    def _scope(self) -> Scope:
        return Scope(
            self.template,
            parameters.read(self.template, self.texts),
            self.own,
            ref=self._ref,
            attribute=self._attribute,
            exported=self.exported,
        )

    def _ref(self, name: str) -> Any:
        return _mark(name) if self._is_unknown(name) else self.rows[name].physical_id

    def _attribute(self, name: str, asked: str) -> Any:
        kind = self.types[self.template.resources[name].type]
        if self._is_unknown(name) or asked not in self.rows[name].attributes:
            if not kind.has_attribute(asked):
                raise scopes.no_attribute(name, asked, kind)
            return _mark(f"{name}.{asked}")
        return self.rows[name].attributes[asked]

    def _is_unknown(self, name: str) -> bool:
        change = self._found.get(name)
        if change is not None:
            return change.action == "Add" or change.replacement != "False"
        return name not in self.rows or not self.rows[name].physical_id

    def _tolerant(self, value: Any, scope: Scope) -> Any:
        """The value; a mark where a function cannot work on marks."""
        try:
            return scope.resolve(value)
        except TemplateFault:
            unknown = [name for name, _ in references.references(value, scope) if name in self.template.resources]
            if any(self._is_unknown(name) for name in unknown):
                return _mark(unknown[0])
            raise

    # -- one resource ---------------------------------------------------------------------------------------------

    def _change(self, declared: Declared, scope: Scope) -> Change | None:
        row, kind = self.rows.get(declared.name), self.types[declared.type]
        properties = self._properties(declared, scope)
        if row is None or not row.physical_id:
            return Change("Add", declared.name, declared.type)
        if row.type != declared.type:
            raise TemplateFault(
                "Update of resource type is not permitted. The new template modifies resource type of the following "
                f"resources: [{declared.name}]"
            )
        details = self._details(declared, row, kind, properties)
        if not details:
            return None
        change = Change("Modify", declared.name, declared.type, row.physical_id, tuple(details))
        if change.replacement != "True":
            return change
        policy = "ReplaceAndRetain" if _kept(declared.replace_policy) == "Retain" else "ReplaceAndDelete"
        return Change("Modify", declared.name, declared.type, row.physical_id, tuple(details), policy)

    def _properties(self, declared: Declared, scope: Scope) -> JsonDict:
        """The properties as far as they are known; Fn::If may choose between whole sets of them."""
        chosen: Any = declared.properties
        while isinstance(chosen, dict) and function_of(chosen) == "Fn::If":
            condition, then, otherwise = parts_of("Fn::If", chosen["Fn::If"], 3)
            chosen = then if scope.holds(condition) else otherwise
        if not isinstance(chosen, dict) or function_of(chosen) is not None:
            return {}
        resolved = {name: self._tolerant(value, scope) for name, value in chosen.items()}
        return {name: value for name, value in resolved.items() if value is not NO_VALUE}

    def _details(self, declared: Declared, row: Member, kind: ResourceType, properties: JsonDict) -> list[Detail]:
        tags: TagList = []
        if kind.taggable and "Tags" in properties:
            try:
                tags = comparing.tag_list(properties.pop("Tags"))
            except ValueError as error:
                raise TemplateFault(f"Resource {declared.name}: {error}.") from None
        found = [
            self._detail(declared, one.name, one.replaces, properties.get(one.name))
            for one in comparing.changed(kind, row.properties, properties)
        ]
        if kind.taggable and row.tags != comparing.merged_tags(self.tags, tags):
            found.append(Detail("Tags"))
        if plain(row.declared.get("metadata") or {}) != plain(declared.metadata):
            found.append(Detail("Metadata"))
        if kind.always and not found:
            found.append(Detail("Properties", "TemplateURL", NEVER, "Automatic"))
        return found

    def _detail(self, declared: Declared, name: str, replaces: bool, value: Any) -> Detail:
        mark = _marked(value)
        if mark:
            source = "ResourceAttribute" if "." in mark else "ResourceReference"
            return Detail("Properties", name, PERHAPS if replaces else NEVER, source, mark)
        recreation = ALWAYS if replaces else NEVER
        was = self.before.resources.get(declared.name) if self.before else None
        if was is not None and plain(was.properties.get(name)) == plain(declared.properties.get(name)):
            cause = self._changed_parameter(declared.properties.get(name))
            if cause:
                return Detail("Properties", name, recreation, "ParameterReference", cause)
        return Detail("Properties", name, recreation)

    def _changed_parameter(self, value: Any) -> str:
        for name, _ in references.references(value):
            if name in self.texts and self.texts.get(name) != self.texts_before.get(name):
                return name
        return ""


def _kept(policy: str | None) -> str:
    return "Retain" if policy and policy.startswith("Retain") else "Delete"


def _mark(name: str) -> str:
    return f"{MARK}{name}{MARK}"


def _marked(value: Any) -> str:
    """The first name that is marked in a value, "" without one."""
    if isinstance(value, str):
        parts = value.split(MARK)
        return parts[1] if len(parts) > 2 else ""
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return next((found for each in inner if (found := _marked(each))), "")
