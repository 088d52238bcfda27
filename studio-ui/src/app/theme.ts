/** Light or dark: what the machine prefers, until a person chooses. */

import { useSyncExternalStore } from "react";

type Theme = "light" | "dark";

const KEY = "ormer.theme";
const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");
const callbacks = new Set<() => void>();

function chosen(): Theme {
  const kept = localStorage.getItem(KEY);
  return kept === "light" || kept === "dark" ? kept : prefersDark.matches ? "dark" : "light";
}

export function applyTheme(): void {
  document.documentElement.dataset["theme"] = chosen();
  for (const callback of callbacks) callback();
}

prefersDark.addEventListener("change", applyTheme);

export function useTheme(): [Theme, () => void] {
  const theme = useSyncExternalStore(
    (callback) => {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
    () => chosen(),
  );
  return [
    theme,
    () => {
      localStorage.setItem(KEY, theme === "dark" ? "light" : "dark");
      applyTheme();
    },
  ];
}
