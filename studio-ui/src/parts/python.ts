/** Calls of operations as code, for those who want to do the same by program. */

type Tree = unknown;

/** `boto3.client("sagemaker").create_project(...)` with the request's members. */
export function boto3(service: string, operation: string, request: Record<string, unknown>): string {
  const members = Object.entries(request).map(([name, value]) => `    ${name}=${python(value, 1)},`);
  return [`boto3.client(${JSON.stringify(service)}).${snake(operation)}(`, ...members, ")"].join("\n");
}

/** `aws sagemaker create-project --cli-input-json '...'`. */
export function awsCli(service: string, operation: string, request: Record<string, unknown>): string {
  const text = JSON.stringify(request, null, 2).replaceAll("'", "'\\''");
  return `aws ${service} ${snake(operation).replaceAll("_", "-")} --cli-input-json '${text}'`;
}

export function snake(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, "_").toLowerCase();
}

const SHORT = 72;

function python(value: Tree, depth: number): string {
  const short = flat(value);
  if (short.length + depth * 4 <= SHORT || value === null || typeof value !== "object") return short;
  const indent = "    ".repeat(depth + 1);
  const inner = Array.isArray(value)
    ? value.map((item) => `${indent}${python(item, depth + 1)},`)
    : Object.entries(value).map(([name, item]) => `${indent}${JSON.stringify(name)}: ${python(item, depth + 1)},`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return [open, ...inner, `${"    ".repeat(depth)}${close}`].join("\n");
}

function flat(value: Tree): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(flat).join(", ")}]`;
  return `{${Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${flat(item)}`).join(", ")}}`;
}
