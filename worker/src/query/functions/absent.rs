//! A function that is not there: what the failure says.
//!
//! Invariant: no name in [`ABSENT`] or [`ELSEWHERE`] is registered.
//!
//! Entry point: [`refusal`].

use datafusion::common::DataFusionError;
use protocol::{Failure, FailureKind};

/// How DataFusion's planner begins its message.
const INVALID: &str = "Invalid function '";

/// What DataFusion has and this engine leaves out, and what to write instead.
const ABSENT: &[(&[&str], &str)] = &[
    (
        &[
            "array_any_match",
            "any_match",
            "list_any_match",
            "array_first",
            "list_first",
            "array_filter",
            "list_filter",
        ],
        "Unnest the list in a subquery and filter its rows: SELECT ... FROM (SELECT unnest(list) AS item FROM t) WHERE ...",
    ),
    (
        &["array_transform", "list_transform"],
        "Unnest the list in a subquery, compute, and gather the items by array_agg.",
    ),
    (
        &[
            "array_sum",
            "list_sum",
            "array_avg",
            "list_avg",
            "array_product",
            "list_product",
        ],
        "Unnest the list in a subquery, and use sum, avg or exp(sum(ln(x))).",
    ),
    (
        &[
            "array_add",
            "list_add",
            "array_subtract",
            "list_subtract",
            "array_scale",
            "list_scale",
            "array_normalize",
            "list_normalize",
            "cosine_distance",
            "list_cosine_distance",
            "inner_product",
            "dot_product",
            "array_inner_product",
            "list_inner_product",
            "array_distance",
            "list_distance",
        ],
        "Unnest the lists in a subquery, and compute with numbers.",
    ),
    (&["array_compact", "list_compact"], "Nearest is array_remove_all."),
    (&["array_any_value", "list_any_value"], "Write an index: a[1]."),
    (
        &["array_dims", "list_dims", "array_ndims", "list_ndims"],
        "Nearest is array_length.",
    ),
    (
        &[
            "array_pop_back",
            "list_pop_back",
            "array_pop_front",
            "list_pop_front",
        ],
        "Nearest is array_slice: array_slice(a, 2, array_length(a)) leaves out the first item, array_slice(a, 1, -2) the last one.",
    ),
    (
        &["array_except", "list_except", "array_intersect", "list_intersect"],
        "Unnest both lists, and use EXCEPT or INTERSECT.",
    ),
    (
        &["array_union", "list_union"],
        "Write array_distinct(array_concat(a, b)).",
    ),
    (
        &["arrays_zip", "list_zip"],
        "Unnest the lists side by side: SELECT unnest(a), unnest(b).",
    ),
    (
        &["array_positions", "list_positions"],
        "Nearest is array_position, which gives the first one.",
    ),
    (
        &["array_remove", "list_remove", "array_remove_n", "list_remove_n"],
        "Nearest is array_remove_all.",
    ),
    (
        &[
            "array_replace",
            "list_replace",
            "array_replace_all",
            "list_replace_all",
            "array_replace_n",
            "list_replace_n",
        ],
        "Unnest the list in a subquery, replace by CASE, and gather the items by array_agg.",
    ),
    (
        &["array_repeat", "list_repeat", "array_resize", "list_resize"],
        "Nearest are array_concat, and array_agg over range(n).",
    ),
    (
        &["arrow_field", "arrow_metadata", "with_metadata"],
        "Nearest is arrow_typeof.",
    ),
    (
        &["cast_to_type", "try_cast_to_type"],
        "Write CAST(x AS type), try_cast(x AS type) or arrow_cast(x, 'type').",
    ),
    (
        &["input_file_name", "file_row_index"],
        "A gold table does not tell its files apart.",
    ),
    (
        &["union_extract", "union_tag"],
        "Gold tables have no columns of a union type.",
    ),
    (
        &["digest", "md5", "sha224", "sha256", "sha384", "sha512"],
        "Hashes belong into the table: let its model compute them.",
    ),
];

/// What is written otherwise in other engines.
const ELSEWHERE: &[(&[&str], &str)] = &[
    (&["strftime"], "Write to_char(time, '%Y-%m-%d')."),
    (&["strptime"], "Write to_timestamp(text, '%Y-%m-%d')."),
    (&["time_bucket"], "Write date_bin(INTERVAL '15 minutes', time)."),
    (
        &[
            "year",
            "quarter",
            "month",
            "week",
            "day",
            "hour",
            "minute",
            "second",
            "dayofweek",
            "weekday",
            "dayofyear",
        ],
        "Write date_part('year', time) or EXTRACT(year FROM time); the parts are year, quarter, month, week, day, doy, dow, \
      hour, minute and second.",
    ),
    (&["epoch"], "Write date_part('epoch', time)."),
    (
        &["datediff", "date_diff"],
        "Subtract: a - b is an interval; days are date_part('epoch', a - b) / 86400.",
    ),
    (
        &["date_add", "date_sub", "dateadd"],
        "Write time + INTERVAL '1 day'.",
    ),
    (&["to_number"], "Write CAST(text AS DOUBLE)."),
    (&["regexp_matches"], "Write regexp_like(text, pattern)."),
    (&["regexp_extract"], "Write regexp_match(text, pattern)[1]."),
    (&["len"], "Write length(text) or array_length(list)."),
    (&["list"], "Write array_agg(x)."),
    (&["list_value"], "Write make_array(1, 2) or [1, 2]."),
    (
        &["string_split", "str_split"],
        "Write string_to_array(text, ',').",
    ),
    (&["group_concat", "listagg"], "Write string_agg(text, ',')."),
    (
        &["quantile", "percentile", "quantile_disc", "percentile_disc"],
        "Write percentile_cont(0.9) WITHIN GROUP (ORDER BY x).",
    ),
    (
        &["approx_quantile"],
        "Write approx_percentile_cont(0.9) WITHIN GROUP (ORDER BY x).",
    ),
    (&["approx_count_distinct"], "Write approx_distinct(x)."),
    (
        &["count_if", "countif"],
        "Write count(*) FILTER (WHERE condition).",
    ),
    (&["sum_if", "sumif"], "Write sum(x) FILTER (WHERE condition)."),
    (
        &["arg_max", "argmax", "max_by"],
        "Write last_value(x ORDER BY y).",
    ),
    (
        &["arg_min", "argmin", "min_by"],
        "Write first_value(x ORDER BY y).",
    ),
    (&["variance"], "Write var_samp(x)."),
    (&["stdev"], "Write stddev(x)."),
    (&["bool"], "Write CAST(x AS BOOLEAN)."),
    (&["if", "iif"], "Write CASE WHEN condition THEN a ELSE b END."),
    (&["isnull"], "Write x IS NULL, or coalesce(x, y)."),
];

/// The failure, if the error says that there is no such function.
pub(in crate::query) fn refusal(error: &DataFusionError) -> Option<Failure> {
    let DataFusionError::Plan(message) = error.find_root() else {
        return None;
    };
    let (name, rest) = message.strip_prefix(INVALID)?.split_once('\'')?;
    let known = |table: &'static [(&[&str], &str)]| {
        let entry = table.iter().find(|(names, _)| names.contains(&name));
        entry.map(|(_, instead)| *instead)
    };
    let failure = |message: String| Failure::new(FailureKind::InvalidQuery, message);
    Some(if let Some(instead) = known(ABSENT) {
        failure(format!("The function {name} is not part of this engine.")).with_hint(instead)
    } else {
        let failure = failure(format!("There is no function {name}."));
        match (known(ELSEWHERE), nearest(rest)) {
            (Some(instead), _) => failure.with_hint(instead),
            (None, Some(nearest)) => failure.with_hint(format!(
                "Did you mean {nearest}? SHOW FUNCTIONS lists what there is."
            )),
            (None, None) => failure.with_hint("SHOW FUNCTIONS lists what there is."),
        }
    })
}

/// The name that DataFusion's planner offers.
fn nearest(rest: &str) -> Option<&str> {
    let (_, offered) = rest.split_once("Did you mean '")?;
    offered.split_once('\'').map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use datafusion::execution::SessionStateDefaults;
    use datafusion::logical_expr::ScalarUDF;

    use super::super::{nested, scalar};
    use super::*;

    fn names(functions: &[Arc<ScalarUDF>]) -> BTreeSet<String> {
        let each = functions.iter().map(|function| {
            std::iter::once(function.name()).chain(function.aliases().iter().map(String::as_str))
        });
        each.flatten().map(str::to_owned).collect()
    }

    fn registered() -> BTreeSet<String> {
        let mut functions = scalar::functions();
        functions.extend(nested::functions());
        names(&functions)
    }

    fn listed(table: &'static [(&[&'static str], &str)]) -> BTreeSet<String> {
        let each = table.iter().flat_map(|(names, _)| names.iter());
        each.map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn nothing_that_is_registered_is_said_to_be_absent() {
        let registered = registered();
        for table in [ABSENT, ELSEWHERE] {
            assert_eq!(listed(table).intersection(&registered).next(), None);
        }
    }

    #[test]
    fn every_function_of_datafusion_is_registered_or_refused_by_name() {
        let mut known = registered();
        known.extend(listed(ABSENT));
        let all = names(&SessionStateDefaults::default_scalar_functions());
        let forgotten: Vec<_> = all.difference(&known).collect();
        assert!(
            forgotten.is_empty(),
            "register them or list them in ABSENT: {forgotten:?}"
        );
    }

    #[test]
    fn a_refusal_names_the_function_and_what_to_write() {
        let error = |name: &str| {
            DataFusionError::Plan(format!("Invalid function '{name}'.\nDid you mean 'array_has'?"))
        };
        let absent = refusal(&error("array_union")).expect("a refusal");
        assert_eq!(
            absent.message,
            "The function array_union is not part of this engine."
        );
        let misspelt = refusal(&error("array_hass")).expect("a refusal");
        assert_eq!(misspelt.message, "There is no function array_hass.");
        assert!(misspelt.hint.is_some_and(|hint| hint.contains("array_has?")));
        assert!(refusal(&DataFusionError::Plan("Something else".to_owned())).is_none());
    }
}
