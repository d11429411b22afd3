// All statements that must give what native DuckDB gives.
import { expressions } from "./expressions.js";
import { grouping } from "./grouping.js";
import { joins } from "./joins.js";
import { results } from "./results.js";
import { subqueries } from "./subqueries.js";
import { times } from "./times.js";
import { windows } from "./windows.js";

export const statements = [joins, subqueries, windows, grouping, times, expressions, results].flat();
