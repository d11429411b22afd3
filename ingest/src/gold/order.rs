//! The order in which rows are written.
//!
//! Entry point: [`order_by`].

use catalog::SortKey;

use super::GoldColumn;
use crate::engine::sql;

/// The ORDER BY clause of a gold table, with a space in front; empty where the model's own order is kept.
///
/// First the columns that files are partitioned by, then the declared keys, then all other columns: rows that tie then
/// always come in the same order, and the same rows give the same files. A model that states its own order and neither
/// keys nor partitions keeps it.
pub fn order_by(
    columns: &[GoldColumn],
    sort_keys: &[SortKey],
    partition_by: &[String],
    is_ordered: bool,
) -> String {
    if sort_keys.is_empty() && partition_by.is_empty() && is_ordered {
        return String::new();
    }
    let partitions = partition_by.iter().map(|column| (column.as_str(), false));
    let declared = sort_keys
        .iter()
        .map(|key| (key.column.as_str(), key.descending))
        .filter(|(name, _)| !partition_by.iter().any(|column| column == name));
    let named = |name: &str| {
        partition_by.iter().any(|column| column == name) || sort_keys.iter().any(|key| key.column == name)
    };
    let others = columns
        .iter()
        .map(|column| (column.name.as_str(), false))
        .filter(|(name, _)| !named(name));
    let terms: Vec<String> = partitions
        .chain(declared)
        .chain(others)
        .map(|(name, descending)| {
            let direction = if descending { "DESC" } else { "ASC" };
            format!("{} {direction} NULLS LAST", sql::identifier(name))
        })
        .collect();
    format!(" ORDER BY {}", terms.join(", "))
}

#[cfg(test)]
mod tests {
    use catalog::ColumnType;

    use super::*;

    fn columns() -> Vec<GoldColumn> {
        ["a", "b", "c", "d"]
            .map(|name| GoldColumn {
                name: name.to_owned(),
                expression: name.to_owned(),
                column_type: ColumnType::String,
            })
            .into()
    }

    #[test]
    fn partitions_come_before_keys_and_keys_before_all_others() {
        let keys = ["c", "b"].map(|column| SortKey {
            column: column.to_owned(),
            descending: column == "c",
        });
        assert_eq!(
            order_by(&columns(), &keys, &["d".to_owned(), "b".to_owned()], true),
            " ORDER BY \"d\" ASC NULLS LAST, \"b\" ASC NULLS LAST, \"c\" DESC NULLS LAST, \"a\" ASC NULLS LAST"
        );
    }

    #[test]
    fn an_order_of_the_models_own_is_kept_where_nothing_else_is_declared() {
        assert_eq!(order_by(&columns(), &[], &[], true), "");
        assert!(order_by(&columns(), &[], &[], false).starts_with(" ORDER BY \"a\" ASC NULLS LAST, \"b\""));
        assert!(order_by(&columns(), &[], &["a".to_owned()], true).starts_with(" ORDER BY \"a\""));
    }
}
