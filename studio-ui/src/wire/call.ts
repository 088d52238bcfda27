/** One way to the server: any AWS operation by its own name, in AWS's member names, as whoever is signed in. */

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Params = Record<string, unknown>;

/** AWS's own code and text. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
  ) {
    super(message);
    this.name = code;
  }
}

let region = "";

export function setRegion(name: string): void {
  region = name;
}

/** Called when the server says that nobody is signed in any more. */
let signedOut: () => void = () => undefined;

export function onSignedOut(callback: () => void): void {
  signedOut = callback;
}

/** One operation's answer. Throws ApiError with AWS's code. */
export async function call<T>(service: string, operation: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
  return send<T>(`/studio/api/${service}/${operation}`, params, signal);
}

export async function send<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const response = await reached(path, {
    method: "POST",
    headers: headers({ "content-type": "application/json" }),
    body: JSON.stringify(body),
    signal: signal ?? null,
  });
  return (await response.json()) as T;
}

/** What only Studio asks for, under /studio/api/ormer/. */
export async function read<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await reached(`/studio/api/ormer/${path}`, { headers: headers({}), signal: signal ?? null });
  return (await response.json()) as T;
}

export interface Preview {
  bytes: Uint8Array;
  size: number;
}

/** The beginning of an object (all of it up to four mebibytes). */
export async function preview(uri: string, signal?: AbortSignal): Promise<Preview> {
  const response = await reached(objectAddress(uri), { headers: headers({}), signal: signal ?? null });
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { bytes, size: Number(response.headers.get("x-ormer-size") ?? bytes.length) };
}

export function objectAddress(uri: string, download = false): string {
  return `/studio/api/ormer/object?uri=${encodeURIComponent(uri)}${download ? "&download" : ""}`;
}

/** An HTML object as a page for a frame: it runs nothing and reaches nothing. */
export function pageAddress(uri: string): string {
  return `${objectAddress(uri)}&page`;
}

/** Every page of a list operation, up to `limit` items. */
export async function listed<T>(
  service: string,
  operation: string,
  params: Params,
  member: string,
  signal?: AbortSignal,
  limit = 2000,
): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pagesOf<T>(service, operation, params, member, signal)) {
    found.push(...page);
    if (found.length >= limit) break;
  }
  return found;
}

/** The pages of a list operation, one after the other, as long as SageMaker lets them be. */
export async function* pagesOf<T>(service: string, operation: string, params: Params, member: string, signal?: AbortSignal): AsyncGenerator<T[]> {
  const token = TOKENS.find(([services]) => services.includes(service))?.[1] ?? "NextToken";
  const longest = service === "sagemaker" ? { MaxResults: PAGE_MAX } : {};
  let next: Params = {};
  for (;;) {
    const page: Record<string, unknown> = await call(service, operation, { ...longest, ...params, ...next }, signal);
    yield (page[member] as T[] | undefined) ?? [];
    const more = page[token];
    if (!more) return;
    next = { [token]: more };
  }
}

const PAGE_MAX = 100;

const TOKENS: [string[], string][] = [[["codepipeline", "codebuild", "codecommit", "logs"], "nextToken"]];

function headers(more: Record<string, string>): Record<string, string> {
  return { "x-ormer-studio": "1", ...(region ? { "x-ormer-region": region } : {}), ...more };
}

async function reached(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, credentials: "same-origin" });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError("Unreachable", "The server does not answer. `ormer status` tells whether it runs.", 0);
  }
  if (response.ok) return response;
  const told = await refusal(response);
  if (response.status === 401) signedOut();
  throw told;
}

async function refusal(response: Response): Promise<ApiError> {
  try {
    const body = (await response.json()) as { code: string; message: string };
    return new ApiError(body.code, body.message, response.status);
  } catch {
    return new ApiError("InternalFailure", `The server answered ${response.status}.`, response.status);
  }
}
