/** A table: sorted, filtered, its columns chosen, its rows only drawn where one looks; all of it in the address. */

import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp, Columns3, Download, ListFilter, Search, X } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { useLocation, useSearchParams } from "wouter";
import { useKept } from "../app/kept";
import { csv, type Filters, filtered, sorted, type Value } from "./rows";
import { saved } from "./saving";
import "./table.css";

export interface Column<T> {
  id: string;
  label: string;
  /** What is sorted, filtered, searched and exported; absent where cells are there to be looked at or pressed. */
  value?: (row: T) => Value;
  /** What is shown; the value when absent. */
  show?: (row: T) => React.ReactNode;
  numeric?: boolean;
  /** Offer its values as a filter. */
  filter?: boolean;
  /** Only shown when chosen. */
  extra?: boolean;
}

interface Settings<T> {
  /** Names what is kept for the table: its chosen columns, its file. */
  name: string;
  rows: T[];
  columns: Column<T>[];
  rowKey: (row: T) => string;
  /** The page that a row leads to. */
  leads?: (row: T) => string | null;
  /** First order: a column's id, with `-` for descending. */
  order?: string;
  empty?: React.ReactNode;
  picked?: Set<string>;
  setPicked?: (picked: Set<string>) => void;
  actions?: React.ReactNode;
  /** Without search and filters, for a handful of rows inside something else. */
  plain?: boolean;
}

// More rows than these are drawn only where one looks: sorting a hundred whole rows is felt.
const LONG = 50;
const ROW_PIXELS = 40;

export function Table<T>(settings: Settings<T>) {
  const { name, rows, rowKey, leads } = settings;
  const [search, setSearch] = useSearchParams();
  const [chosen, setChosen] = useKept<string[] | null>(`columns.${name}`, null);
  const [, go] = useLocation();
  const shown = settings.columns.filter((column) => (chosen ? chosen.includes(column.id) : !column.extra));

  const order = search.get("sort") ?? settings.order ?? "";
  const text = settings.plain ? "" : (search.get("q") ?? "");
  const asked = search.toString();
  const filters = useMemo(() => (settings.plain ? {} : filtersOf(new URLSearchParams(asked))), [settings.plain, asked]);
  // Scrolling draws other rows of the same order.
  const { columns } = settings;
  const found = useMemo(() => sorted(filtered(rows, columns, text, filters), columns, order), [rows, columns, text, filters, order]);

  const change = (edit: (params: URLSearchParams) => void) =>
    setSearch(
      (before) => {
        edit(before);
        return before;
      },
      { replace: true },
    );
  const sort = (id: string) => change((params) => params.set("sort", order === id ? `-${id}` : id));

  const scroller = useRef<HTMLDivElement>(null);
  const long = found.length > LONG;
  const virtual = useVirtualizer({
    count: long ? found.length : 0,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PIXELS,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const window = long ? { rows: items.map((item) => found[item.index] as T), above: items[0]?.start ?? 0, below: virtual.getTotalSize() - (items.at(-1)?.end ?? 0) } : { rows: found, above: 0, below: 0 };
  const { picked, setPicked } = settings;

  return (
    <>
      {settings.plain ? null : (
        <Bar settings={settings} text={text} filters={filters} change={change} found={found} shown={shown} choose={setChosen} />
      )}
      {found.length === 0 ? (
        rows.length === 0 ? settings.empty : <p className="empty">No row fits the filters.</p>
      ) : (
        <div className="table-scroll" ref={scroller} data-long={long || undefined}>
          <table className="table" data-cards>
            <thead>
              <tr>
                {setPicked ? <th className="table__pick"><span className="hidden-words">Picked</span></th> : null}
                {shown.map((column) => (
                  <th key={column.id} data-numeric={column.numeric || undefined} aria-sort={order === column.id ? "ascending" : order === `-${column.id}` ? "descending" : undefined}>
                    {column.value ? (
                      <button type="button" onClick={() => sort(column.id)}>
                        {column.label}
                        {order === column.id ? <ArrowUp aria-hidden="true" /> : order === `-${column.id}` ? <ArrowDown aria-hidden="true" /> : null}
                      </button>
                    ) : (
                      <span>{column.label}</span>
                    )}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {window.above > 0 ? <tr style={{ height: window.above }} aria-hidden="true" /> : null}
              {window.rows.map((row) => {
                const key = rowKey(row);
                const target = leads?.(row) ?? null;
                return (
                  <tr key={key} data-leads={target ? "" : undefined} onClick={(event) => target && isPlain(event) && go(target)}>
                    {setPicked && picked ? (
                      <td className="table__pick" data-label="">
                        <input type="checkbox" aria-label={`Pick ${key}`} checked={picked.has(key)} onChange={() => setPicked(toggled(picked, key))} />
                      </td>
                    ) : null}
                    {shown.map((column) => {
                      const value = column.value?.(row);
                      return (
                        <td key={column.id} data-label={column.label} data-numeric={column.numeric || undefined} data-empty={value === null || value === "" ? "" : undefined}>
                          {column.show ? column.show(row) : (value ?? <span className="faint">–</span>)}
                        </td>
                      );
                    })}
                  </tr>
                );
              })}
              {window.below > 0 ? <tr style={{ height: window.below }} aria-hidden="true" /> : null}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

interface BarSettings<T> {
  settings: Settings<T>;
  text: string;
  filters: Filters;
  change: (edit: (params: URLSearchParams) => void) => void;
  found: T[];
  shown: Column<T>[];
  choose: (columns: string[] | null) => void;
}

function Bar<T>({ settings, text, filters, change, found, shown, choose }: BarSettings<T>) {
  const { columns, rows, name } = settings;
  const [open, setOpen] = useState("");
  const setFilter = (id: string, value: string) =>
    change((params) => {
      const kept = toggled(new Set(filters[id] ?? []), value);
      if (kept.size) params.set(`f.${id}`, [...kept].join(","));
      else params.delete(`f.${id}`);
    });
  return (
    <div className="table-bar">
      <label className="table-bar__search">
        <Search aria-hidden="true" />
        <span className="hidden-words">Search this table</span>
        <input
          type="search"
          placeholder={`Search ${rows.length} ${rows.length === 1 ? "row" : "rows"}`}
          value={text}
          onChange={(event) => change((params) => (event.target.value ? params.set("q", event.target.value) : params.delete("q")))}
        />
      </label>
      <div className="table-bar__chips">
        {columns
          .filter((column) => column.filter)
          .map((column) => (
            <Menu key={column.id} label={column.label} icon={<ListFilter />} open={open === column.id} setOpen={(is) => setOpen(is ? column.id : "")}>
              {[...new Set(rows.map((row) => String(column.value?.(row) ?? "")))].sort().map((value) => (
                <label key={value} className="menu__item">
                  <input type="checkbox" checked={filters[column.id]?.includes(value) ?? false} onChange={() => setFilter(column.id, value)} />
                  {value || "–"}
                </label>
              ))}
            </Menu>
          ))}
        {Object.entries(filters).flatMap(([id, values]) =>
          values.map((value) => (
            <span key={`${id}${value}`} className="chip">
              {columns.find((column) => column.id === id)?.label}: {value || "–"}
              <button type="button" aria-label={`Remove the filter ${value}`} onClick={() => setFilter(id, value)}>
                <X size={11} />
              </button>
            </span>
          )),
        )}
      </div>
      {settings.actions}
      <Menu label="Columns" icon={<Columns3 />} iconOnly open={open === "columns"} setOpen={(is) => setOpen(is ? "columns" : "")}>
        {columns.map((column) => (
          <label key={column.id} className="menu__item">
            <input
              type="checkbox"
              checked={shown.includes(column)}
              onChange={() => choose(columns.filter((each) => (each === column ? !shown.includes(each) : shown.includes(each))).map((each) => each.id))}
            />
            {column.label}
          </label>
        ))}
      </Menu>
      <button type="button" className="button button--quiet button--icon button--small" aria-label="Download as CSV" title="Download as CSV" onClick={() => saved(`${name}.csv`, "text/csv", csv(found, shown))}>
        <Download />
      </button>
    </div>
  );
}

export function Menu({ label, icon, children, open, setOpen, iconOnly }: { label: string; icon: React.ReactNode; children: React.ReactNode; open: boolean; setOpen: (open: boolean) => void; iconOnly?: boolean }) {
  const place = useRef<HTMLDivElement>(null);
  return (
    <div
      className="menu"
      ref={place}
      onBlur={(event) => {
        if (!place.current?.contains(event.relatedTarget)) setOpen(false);
      }}
      onKeyDown={(event) => event.key === "Escape" && setOpen(false)}
    >
      <button type="button" className={`button button--quiet button--small${iconOnly ? " button--icon" : ""}`} aria-expanded={open} aria-label={iconOnly ? label : undefined} title={iconOnly ? label : undefined} onClick={() => setOpen(!open)}>
        {icon}
        {iconOnly ? null : label}
      </button>
      {open ? (
        <div className="menu__list" tabIndex={-1}>
          {children}
        </div>
      ) : null}
    </div>
  );
}

function filtersOf(search: URLSearchParams): Filters {
  return Object.fromEntries([...search].filter(([name]) => name.startsWith("f.")).map(([name, value]) => [name.slice(2), value.split(",")]));
}

function toggled(set: Set<string>, value: string): Set<string> {
  const next = new Set(set);
  if (!next.delete(value)) next.add(value);
  return next;
}

/** A click on the row itself: not on a link or button in it, and not the end of a selection. */
function isPlain(event: React.MouseEvent): boolean {
  return !(event.target as Element).closest("a, button, input, label") && !window.getSelection()?.toString();
}
