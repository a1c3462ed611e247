// What a dashboard may be: Grafana's own types, with the words of its enumerations as they stand in JSON.
import type { Dashboard as Whole, Panel, RowPanel } from "@grafana/grafana-foundation-sdk/dashboard";
import type { Dataquery } from "@grafana/grafana-foundation-sdk/prometheus";

type Plain<T> = T extends string
  ? `${T}`
  : T extends number
    ? number
    : T extends readonly (infer One)[]
      ? Plain<One>[]
      : T extends object
        ? { [Name in keyof T]: Plain<T[Name]> }
        : T;
type Query = Plain<Omit<Dataquery, "_implementsDataqueryVariant" | "_dataqueryName">>;

export type Dashboard = Omit<Plain<Whole>, "panels"> & {
  panels?: (Plain<RowPanel> | (Omit<Plain<Panel>, "targets"> & { targets?: Query[] }))[];
};
