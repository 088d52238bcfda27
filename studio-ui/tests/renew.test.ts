import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";
import { renew } from "../src/wire/renew";

/** A query whose answers are given by hand: `answer` ends the oldest reading under way. */
function watched(client: QueryClient, key: string) {
  const waiting: ((value: string) => void)[] = [];
  let readings = 0;
  const queryFn = () => {
    readings += 1;
    return new Promise<string>((done) => waiting.push(done));
  };
  const observer = new QueryObserver(client, { queryKey: [key], queryFn, staleTime: 60_000, retry: false });
  const end = observer.subscribe(() => undefined);
  const answer = async (value: string) => {
    waiting.shift()?.(value);
    await new Promise((done) => setTimeout(done, 5));
  };
  return { answer, end, readings: () => readings, shown: () => observer.getCurrentResult().data };
}

describe("renewing", () => {
  it("reads once more what was first read before the news and is answered after it", async () => {
    const client = new QueryClient();
    const stack = watched(client, "stack");
    for (const _news of ["one", "another"]) void renew(client, ({ queryKey }) => queryKey[0] === "stack");
    await stack.answer("going");
    expect(stack.readings()).toBe(2);
    await stack.answer("gone");
    expect(stack.shown()).toBe("gone");
    stack.end();
    client.clear();
  });
  it("reads again what is there, and leaves alone what does not fit", async () => {
    const client = new QueryClient();
    const stack = watched(client, "stack");
    const other = watched(client, "other");
    await stack.answer("made");
    await other.answer("as it is");
    const renewed = renew(client, ({ queryKey }) => queryKey[0] === "stack");
    await stack.answer("changed");
    await renewed;
    expect([stack.readings(), other.readings(), stack.shown()]).toEqual([2, 1, "changed"]);
    stack.end();
    other.end();
    client.clear();
  });
});
