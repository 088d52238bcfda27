/** What a pipeline's definition says: its steps, what each waits for, and its parameters. */

import { type Connection, type Group, reduced } from "../../parts/layout";

export interface StepDefinition {
  Name: string;
  Type: string;
  DisplayName?: string;
  Description?: string;
  DependsOn?: string[];
  Arguments?: Record<string, unknown>;
  [member: string]: unknown;
}

export interface Parameter {
  Name: string;
  Type: "String" | "Integer" | "Float" | "Boolean";
  DefaultValue?: string | number | boolean;
  EnumValues?: string[];
}

export interface Definition {
  Parameters?: Parameter[];
  Steps: StepDefinition[];
}

export interface Placed extends StepDefinition {
  /** The branch it stands in: `Condition/if`. */
  group?: string;
}

export interface Wait extends Connection {
  /** Named by DependsOn only: nothing of the other's result is used. */
  dashed?: boolean;
  label?: string;
}

export interface Plan {
  steps: Placed[];
  waits: Wait[];
  groups: Group[];
}

const BRANCHES: [member: string, suffix: string, label: string, word: string][] = [
  ["IfSteps", "if", "when true", "true"],
  ["ElseSteps", "else", "when false", "false"],
];
const REFERENCE = /^Steps\.([^.[]+)/;

export function parsed(text: string): Definition {
  return JSON.parse(text) as Definition;
}

/** Steps with those of branches, and what waits for what; what a longer way says already is left out. */
export function planOf(definition: Definition): Plan {
  const plan: Plan = { steps: [], waits: [], groups: [] };
  gather(definition.Steps, undefined, plan);
  const names = new Set(plan.steps.map((step) => step.Name));
  plan.waits = reduced(
    unique(plan.waits).filter((wait) => names.has(wait.from) && names.has(wait.to) && wait.from !== wait.to),
    (wait) => wait.label !== undefined,
  );
  return plan;
}

function gather(steps: StepDefinition[], group: string | undefined, plan: Plan): void {
  for (const step of steps) {
    plan.steps.push(group ? { ...step, group } : step);
    const inner = new Set<string>();
    for (const [member, suffix, label, word] of BRANCHES) {
      const branch = step.Arguments?.[member] as StepDefinition[] | undefined;
      if (step.Type !== "Condition" || !branch?.length) continue;
      const id = `${step.Name}/${suffix}`;
      plan.groups.push({ id, label, parent: group });
      gather(branch, id, plan);
      const names = new Set(branch.map((each) => each.Name));
      for (const each of branch) {
        inner.add(each.Name);
        const begins = ![...references(each), ...(each.DependsOn ?? [])].some((name) => names.has(name));
        if (begins) plan.waits.push({ from: step.Name, to: each.Name, label: word });
      }
    }
    const { IfSteps: _if, ElseSteps: _else, ...own } = (step.Arguments ?? {}) as Record<string, unknown>;
    const used = references({ ...step, Arguments: own });
    for (const name of used) plan.waits.push({ from: name, to: step.Name });
    for (const name of step.DependsOn ?? []) if (!used.has(name)) plan.waits.push({ from: name, to: step.Name, dashed: true });
  }
}

/** Names of the steps whose results a value uses, wherever they stand in it. */
export function references(value: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const item of value) references(item, found);
  else if (value !== null && typeof value === "object") {
    for (const [name, inner] of Object.entries(value)) {
      const match = name === "Get" && typeof inner === "string" ? REFERENCE.exec(inner) : null;
      if (match?.[1]) found.add(match[1]);
      else references(inner, found);
    }
  }
  return found;
}

function unique(waits: Wait[]): Wait[] {
  const kept = new Map<string, Wait>();
  for (const wait of waits) {
    const key = `${wait.from}\n${wait.to}`;
    const known = kept.get(key);
    // A branch's label says more than a reference, a reference more than DependsOn.
    if (!known || (wait.label && !known.label) || (known.dashed && !wait.dashed)) kept.set(key, wait);
  }
  return [...kept.values()];
}

/** A condition as people write it: `mse ≤ 6`. */
export function conditionText(value: unknown): string {
  if (value === null || typeof value !== "object") return String(value);
  const condition = value as Record<string, unknown>;
  const sign = SIGNS[String(condition["Type"])];
  if (sign) return `${operand(condition["LeftValue"])} ${sign} ${operand(condition["RightValue"])}`;
  if (condition["Type"] === "In") return `${operand(condition["QueryValue"])} in ${(condition["Values"] as unknown[]).map(operand).join(", ")}`;
  if (condition["Type"] === "Not") return `not (${conditionText(condition["Expression"])})`;
  if (condition["Type"] === "Or") return (condition["Conditions"] as unknown[]).map(conditionText).join(" or ");
  return JSON.stringify(value);
}

const SIGNS: Record<string, string> = {
  Equals: "=",
  GreaterThan: ">",
  GreaterThanOrEqualTo: "≥",
  LessThan: "<",
  LessThanOrEqualTo: "≤",
};

function operand(value: unknown): string {
  if (value === null || typeof value !== "object") return String(value);
  const tree = value as Record<string, unknown>;
  if (typeof tree["Get"] === "string") return tree["Get"].replace(/^Parameters\./, "");
  const file = tree["Std:JsonGet"] as { Path?: string; PropertyFile?: { Get?: string } } | undefined;
  if (file) return `${/Steps\.([^.]+)/.exec(file.PropertyFile?.Get ?? "")?.[1] ?? ""} ${file.Path ?? ""}`.trim();
  return JSON.stringify(value);
}
