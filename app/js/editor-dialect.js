// The engine's dialect, as far as highlighting and completion need it: DataFusion's keywords, types and functions.
// The full list of PostgreSQL's reserved words would bury a table's columns in a completion list.

import { SQLDialect } from "@codemirror/lang-sql";

const KEYWORDS =
  "all and anti any array as asc between by case cast create cross cube desc describe distinct else end escape except exclude " +
  "exists explain extract filter first from full group grouping having ignore ilike in inner intersect interval into is join " +
  "last lateral left like limit natural not nulls offset on or order outer over partition preceding following qualify range " +
  "recursive replace respect right rollup rows select semi sets similar tablesample then try_cast unbounded union unnest " +
  "using values when where window with";

const TYPES =
  "bigint binary boolean bytea char date decimal double float int integer interval numeric precision real smallint string " +
  "text timestamp timestamptz tinyint unsigned varchar";

const FUNCTIONS =
  "abs approx_distinct approx_median approx_percentile_cont array_agg array_length arrow_cast arrow_typeof avg bit_and " +
  "bool_and bool_or btrim ceil character_length coalesce concat concat_ws contains corr count covar_pop covar_samp cume_dist " +
  "current_date date_bin date_part date_trunc dense_rank ends_with exp first_value floor from_unixtime greatest initcap isnan " +
  "lag last_value lead least length ln log log10 log2 lower lpad ltrim make_date max md5 median min mod now nth_value ntile " +
  "nullif nvl percent_rank power random rank regexp_count regexp_like regexp_match regexp_replace repeat reverse round " +
  "row_number rpad rtrim sha256 signum split_part sqrt starts_with stddev stddev_pop string_agg strpos struct substr sum " +
  "to_char to_date to_timestamp to_timestamp_millis translate trim trunc upper uuid var_pop var_samp";

export const dataFusion = SQLDialect.define({
  keywords: `${KEYWORDS} true false null`,
  types: TYPES,
  builtin: FUNCTIONS,
  operatorChars: "+-*/<>=~!@#%^&|`?",
  doubleDollarQuotedStrings: true,
  identifierQuotes: '"',
  // Names that are not quoted are read in lower case.
  caseInsensitiveIdentifiers: true,
});
