/** Repositories as pages show them. */

import { call } from "../../wire/call";

export interface Commit {
  commitId: string;
  parents: string[];
  message: string;
  author: { name: string; email: string; date: string };
}

const COMMITS_MAX = 25;

/** The commits of a branch, newest first, along its first parents. */
export async function history(repository: string, head: string, signal: AbortSignal): Promise<Commit[]> {
  const found: Commit[] = [];
  let next: string | undefined = head;
  while (next && found.length < COMMITS_MAX) {
    const { commit }: { commit: Commit } = await call("codecommit", "GetCommit", { repositoryName: repository, commitId: next }, signal);
    found.push(commit);
    next = commit.parents[0];
  }
  return found;
}

/** Git's `1795640730 +0100` as an ISO time. */
export function dateOf(text: string): string {
  const seconds = Number(text.split(" ")[0]);
  return Number.isFinite(seconds) ? new Date(seconds * 1000).toISOString() : "";
}

/** What tells repositories of one project apart: `sagemaker-abalone-p-123-modelbuild` is `modelbuild`. */
export function shortNames(names: string[]): Map<string, string> {
  return new Map(names.map((name) => [name, names.length > 1 ? (name.split("-").pop() ?? name) : name]));
}

/** `git clone URL ~/abalone/abalone-modelbuild`. */
export function cloneCommand(repository: string, project: string, region: string): string {
  const last = repository.split("-").pop() ?? repository;
  return `git clone https://git-codecommit.${region}.amazonaws.com/v1/repos/${repository} ~/${project}/${project}-${last}`;
}

/** Text of a file's base64 content, null when it is none. */
export function decoded(content: string): string | null {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  if (bytes.subarray(0, 8192).includes(0)) return null;
  return new TextDecoder().decode(bytes);
}
