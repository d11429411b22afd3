//! Functions of lists and maps.

use std::sync::Arc;

use datafusion::functions_nested::{
    array_has, cardinality, concat, empty, extract, flatten, length, make_array, map, map_entries,
    map_extract, map_keys, map_values, min_max, position, range, remove, reverse, set_ops, sort, string,
};
use datafusion::logical_expr::ScalarUDF;

/// All of them.
pub(super) fn functions() -> Vec<Arc<ScalarUDF>> {
    vec![
        array_has::array_has_all_udf(),
        array_has::array_has_any_udf(),
        array_has::array_has_udf(),
        cardinality::cardinality_udf(),
        concat::array_append_udf(),
        concat::array_concat_udf(),
        concat::array_prepend_udf(),
        empty::array_empty_udf(),
        extract::array_element_udf(),
        extract::array_slice_udf(),
        flatten::flatten_udf(),
        length::array_length_udf(),
        make_array::make_array_udf(),
        map::map_udf(),
        map_entries::map_entries_udf(),
        map_extract::map_extract_udf(),
        map_keys::map_keys_udf(),
        map_values::map_values_udf(),
        min_max::array_max_udf(),
        min_max::array_min_udf(),
        position::array_position_udf(),
        range::gen_series_udf(),
        range::range_udf(),
        remove::array_remove_all_udf(),
        reverse::array_reverse_udf(),
        set_ops::array_distinct_udf(),
        sort::array_sort_udf(),
        string::array_to_string_udf(),
        string::string_to_array_udf(),
    ]
}
