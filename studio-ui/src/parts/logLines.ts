/** Log streams, followed: read page by page, and on whenever the server tells that a stream has grown. */

import { useEffect, useState } from "react";
import { ApiError, call, listed } from "../wire/call";
import { tune } from "../wire/live";

export interface Line {
  at: number;
  text: string;
  /** The stream it stands in, "" when there is only one. */
  stream: string;
}

export interface Log {
  lines: Line[];
  error: ApiError | null;
  /** Whether the first reading is over. */
  read: boolean;
}

const LINES_MAX = 50_000;
const AGAIN_MS = 300;
const NOTHING: Log = { lines: [], error: null, read: false };

interface Page {
  events: { timestamp: number | string; message: string }[];
  nextForwardToken?: string;
}

/** Every line of the streams of a group that begin with `prefix`, oldest first, growing. */
export function useLog(group: string, prefix: string): Log {
  const [log, setLog] = useState<Log>(NOTHING);
  useEffect(() => {
    setLog(NOTHING);
    const reader = new Reader(group, prefix, setLog);
    void reader.read();
    const forget = tune((news) => {
      const mine = news.name === "log" && news.data.group === group && news.data.stream.startsWith(prefix);
      if (mine || news.name === "reset") reader.soon();
    });
    return () => {
      forget();
      reader.stop();
    };
  }, [group, prefix]);
  return log;
}

class Reader {
  private readonly tokens = new Map<string, string>();
  private lines: Line[] = [];
  private readonly stopping = new AbortController();
  private reading = false;
  private again = false;
  private timer = 0;

  constructor(
    private readonly group: string,
    private readonly prefix: string,
    private readonly show: (log: Log) => void,
  ) {}

  stop(): void {
    this.stopping.abort();
    window.clearTimeout(this.timer);
  }

  soon(): void {
    this.timer ||= window.setTimeout(() => {
      this.timer = 0;
      void this.read();
    }, AGAIN_MS);
  }

  /** Read what is new; one reading at a time. */
  async read(): Promise<void> {
    if (this.reading) {
      this.again = true;
      return;
    }
    this.reading = true;
    try {
      do {
        this.again = false;
        await this.readOnce();
      } while (this.again);
      this.show({ lines: this.lines, error: null, read: true });
    } catch (error) {
      if (this.stopping.signal.aborted) return;
      // A job that has not begun has no log yet.
      const none = error instanceof ApiError && error.code === "ResourceNotFoundException";
      this.show({ lines: this.lines, error: none ? null : (error as ApiError), read: true });
    } finally {
      this.reading = false;
    }
  }

  private async readOnce(): Promise<void> {
    const signal = this.stopping.signal;
    const asked = { logGroupName: this.group, logStreamNamePrefix: this.prefix };
    const streams = await listed<{ logStreamName: string }>("logs", "DescribeLogStreams", asked, "logStreams", signal, 100);
    const found: Line[] = [];
    for (const { logStreamName } of streams) {
      const shown = streams.length > 1 ? logStreamName.slice(this.prefix.length) || logStreamName : "";
      found.push(...(await this.readStream(logStreamName, shown)));
    }
    if (!found.length) return;
    const all = [...this.lines, ...found];
    if (streams.length > 1) all.sort((one, other) => one.at - other.at);
    this.lines = all.slice(-LINES_MAX);
    this.show({ lines: this.lines, error: null, read: false });
  }

  private async readStream(name: string, shown: string): Promise<Line[]> {
    const found: Line[] = [];
    for (;;) {
      const token = this.tokens.get(name);
      const asked = { logGroupName: this.group, logStreamName: name, startFromHead: true, ...(token ? { nextToken: token } : {}) };
      const page = await call<Page>("logs", "GetLogEvents", asked, this.stopping.signal);
      for (const { timestamp, message } of page.events) found.push({ at: Number(timestamp), text: message.replace(/\n$/, ""), stream: shown });
      const next = page.nextForwardToken;
      if (next) this.tokens.set(name, next);
      if (!next || next === token || page.events.length === 0) return found;
    }
  }
}

const ERROR = /\b(error|exception|traceback|fatal|failed)\b/i;

export function isError(text: string): boolean {
  return ERROR.test(text);
}
