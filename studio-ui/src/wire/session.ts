/** Who looks at Studio, and at which account and region. */

import { createContext, useContext } from "react";
import { ApiError, read, send } from "./call";

export interface Session {
  account: string;
  arn: string;
  name: string;
  /** The region that is shown. */
  region: string;
  /** The server's own region. */
  own: string;
  endpoint: string;
  version: string;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("there is no session outside the frame");
  return session;
}

const LINK = /^#sign-in=([\w-]+)$/;

export function isLink(hash: string): boolean {
  return LINK.test(hash);
}

/** Sign in by the link's token when the address has one; otherwise the session there is. Null: nobody is signed in. */
export async function enter(): Promise<Session | null> {
  const token = LINK.exec(window.location.hash)?.[1];
  if (token) {
    window.history.replaceState(null, "", window.location.pathname + window.location.search);
    try {
      return await send<Session>("/studio/api/sign-in", { token });
    } catch (error) {
      // An old link in a browser that is signed in already does no harm.
      const known = await current();
      if (known) return known;
      throw error;
    }
  }
  return current();
}

async function current(): Promise<Session | null> {
  try {
    return await read<Session>("session");
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

export async function leave(): Promise<void> {
  await send("/studio/api/sign-out", {});
}
