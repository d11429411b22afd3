// The engine's dialect: PostgreSQL's grammar with DataFusion's statements and functions.

import { PostgreSQL, SQLDialect } from "@codemirror/lang-sql";

const KEYWORDS = "exclude explain ilike nulls qualify replace rollup semi anti similar tablesample try_cast unnest verbose";

// Functions that analysts reach for; PostgreSQL's own are there already.
const FUNCTIONS =
  "approx_distinct approx_median approx_percentile_cont array_agg array_length arrow_cast arrow_typeof avg bool_and " +
  "bool_or btrim ceil coalesce concat concat_ws corr count covar_pop covar_samp cume_dist current_date date_bin date_part " +
  "date_trunc dense_rank exp extract first_value floor from_unixtime greatest initcap isnan lag last_value lead least left " +
  "length ln log10 log2 lower lpad ltrim make_date max md5 median min now nth_value ntile nullif nvl percent_rank power " +
  "random rank regexp_like regexp_match regexp_replace repeat replace reverse right round row_number rpad rtrim sha256 " +
  "signum split_part sqrt starts_with stddev stddev_pop string_agg strpos struct substr sum to_char to_date to_timestamp " +
  "trim trunc upper uuid var_pop var_samp";

export const dataFusion = SQLDialect.define({
  ...PostgreSQL.spec,
  keywords: `${PostgreSQL.spec.keywords} ${KEYWORDS}`,
  builtin: `${PostgreSQL.spec.builtin ?? ""} ${FUNCTIONS}`,
  // The engine reads names that are not quoted in lower case.
  caseInsensitiveIdentifiers: true,
});
