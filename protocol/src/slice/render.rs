//! A slice as SQL.

use catalog::{Column, ColumnType, Scalar};

use super::{Filter, Function, Grouping, Measure, Slice};
use crate::sql::{identifier, literal, string};

impl Slice {
    /// The statement, laid out for reading. `columns` are the table's.
    pub fn to_sql(&self, columns: &[Column]) -> String {
        let mut selected: Vec<String> = self.group_by.iter().map(select_grouping).collect();
        selected.extend(self.measures.iter().map(select_measure));
        let is_listing = selected.is_empty();
        if is_listing {
            selected.push("*".to_owned());
        }
        let mut sql = format!("SELECT {}\nFROM {}", selected.join(", "), identifier(&self.table));
        sql.push_str(&where_clause(&self.filters, columns));
        if !self.group_by.is_empty() {
            let positions: Vec<String> = (1..=self.group_by.len()).map(|i| i.to_string()).collect();
            sql.push_str(&format!("\nGROUP BY {}", positions.join(", ")));
        }
        if let Some(order) = self.order_clause() {
            sql.push_str(&format!("\nORDER BY {order}"));
        }
        if is_listing || !self.group_by.is_empty() {
            sql.push_str(&format!("\nLIMIT {}", self.limit));
        }
        sql
    }

    fn order_clause(&self) -> Option<String> {
        if let Some(order) = &self.order {
            let direction = if order.descending { "DESC" } else { "ASC" };
            return Some(format!("{} {direction} NULLS LAST", identifier(&order.column)));
        }
        let first = self.group_by.first()?;
        if first.grain.is_some() || self.measures.is_empty() {
            return Some(identifier(&first.label()));
        }
        let measure = self.measures.first()?;
        Some(format!("{} DESC NULLS LAST", identifier(&measure.label())))
    }
}

fn select_grouping(grouping: &Grouping) -> String {
    let column = identifier(&grouping.column);
    match grouping.grain {
        Some(grain) => format!(
            "date_trunc({}, {column}) AS {}",
            string(grain.name()),
            identifier(&grouping.label())
        ),
        None => column,
    }
}

fn select_measure(measure: &Measure) -> String {
    let column = measure
        .column
        .as_deref()
        .map_or_else(|| "*".to_owned(), identifier);
    let call = match measure.function {
        Function::Distinct => format!("count(DISTINCT {column})"),
        function => format!("{}({column})", function.name()),
    };
    format!("{call} AS {}", identifier(&measure.label()))
}

/// `WHERE ...` on a line of its own, or nothing.
pub(super) fn where_clause(filters: &[Filter], columns: &[Column]) -> String {
    let conditions: Vec<String> = filters.iter().map(|filter| condition(filter, columns)).collect();
    if conditions.is_empty() {
        String::new()
    } else {
        format!("\nWHERE {}", conditions.join("\n  AND "))
    }
}

fn condition(filter: &Filter, columns: &[Column]) -> String {
    let fallback = ColumnType::String;
    let column_type = columns
        .iter()
        .find(|column| column.name == filter.column())
        .map_or(&fallback, |column| &column.column_type);
    let column = identifier(filter.column());
    match filter {
        Filter::Values { values, exclude, .. } => values_condition(&column, values, *exclude, column_type),
        Filter::Range { from, to, closed, .. } => {
            let below = if *closed { "<=" } else { "<" };
            let bounds = [(">=", from), (below, to)];
            let parts: Vec<String> = bounds
                .into_iter()
                .filter_map(|(operator, bound)| {
                    let bound = literal(bound.as_ref()?, column_type);
                    Some(format!("{column} {operator} {bound}"))
                })
                .collect();
            if parts.is_empty() {
                "TRUE".to_owned()
            } else {
                parts.join(" AND ")
            }
        }
        Filter::Contains { text, .. } => {
            format!("strpos(lower({column}), {}) > 0", string(&text.to_lowercase()))
        }
    }
}

fn values_condition(column: &str, values: &[Scalar], exclude: bool, column_type: &ColumnType) -> String {
    let has_null = values.iter().any(Scalar::is_null);
    let listed: Vec<String> = values
        .iter()
        .filter(|value| !value.is_null())
        .map(|value| literal(value, column_type))
        .collect();
    let list = match listed.as_slice() {
        [] => None,
        [one] if exclude => Some(format!("{column} <> {one}")),
        [one] => Some(format!("{column} = {one}")),
        _ if exclude => Some(format!("{column} NOT IN ({})", listed.join(", "))),
        _ => Some(format!("{column} IN ({})", listed.join(", "))),
    };
    match (list, has_null, exclude) {
        (Some(list), true, false) => format!("({list} OR {column} IS NULL)"),
        (Some(list), false, false) => list,
        (None, true, false) => format!("{column} IS NULL"),
        (Some(list), true, true) => format!("({list} AND {column} IS NOT NULL)"),
        // NULL is not among the values kept out, so it stays, which `<>` alone would not do.
        (Some(list), false, true) => format!("({list} OR {column} IS NULL)"),
        (None, true, true) => format!("{column} IS NOT NULL"),
        (None, false, _) => "TRUE".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use catalog::{ColumnStatistics, Role};

    use super::super::Grain;
    use super::*;

    fn column(name: &str, column_type: ColumnType) -> Column {
        Column {
            field_id: 1,
            name: name.to_owned(),
            original_name: None,
            role: Role::Dimension,
            column_type,
            nullable: true,
            description: None,
            statistics: ColumnStatistics::default(),
        }
    }

    fn columns() -> Vec<Column> {
        vec![
            column("time", ColumnType::Timestamp { utc: false }),
            column("origin", ColumnType::String),
            column("delay", ColumnType::Int { bits: 16 }),
        ]
    }

    #[test]
    fn a_fresh_slice_lists_rows() {
        assert_eq!(
            Slice::of("flights").to_sql(&columns()),
            "SELECT *\nFROM \"flights\"\nLIMIT 1000"
        );
    }

    #[test]
    fn groups_measures_and_filters_read_as_a_person_would_write_them() {
        let mut slice = Slice::of("flights");
        slice.group_by = vec![Grouping {
            column: "time".to_owned(),
            grain: Some(Grain::Month),
        }];
        slice.measures = vec![
            Measure::count(),
            Measure {
                function: Function::Avg,
                column: Some("delay".to_owned()),
            },
        ];
        slice.toggle_value("origin", &Scalar::from("ATL"), false);
        slice.toggle_value("origin", &Scalar::from("ORD"), false);
        slice.set_filter(Filter::Range {
            column: "time".to_owned(),
            from: Some(Scalar::from("2001-03-01T00:00:00")),
            to: Some(Scalar::from("2001-05-01T00:00:00")),
            closed: false,
        });
        assert_eq!(
            slice.to_sql(&columns()),
            "SELECT date_trunc('month', \"time\") AS \"time (month)\", count(*) AS \"count\", \
             avg(\"delay\") AS \"avg delay\"\n\
             FROM \"flights\"\n\
             WHERE \"origin\" IN ('ATL', 'ORD')\n  \
             AND \"time\" >= TIMESTAMP '2001-03-01T00:00:00' AND \"time\" < TIMESTAMP '2001-05-01T00:00:00'\n\
             GROUP BY 1\n\
             ORDER BY \"time (month)\"\n\
             LIMIT 1000"
        );
    }

    #[test]
    fn excluding_a_value_keeps_null_unless_null_is_excluded_too() {
        let mut slice = Slice::of("t");
        slice.toggle_value("origin", &Scalar::from("ATL"), true);
        assert!(
            slice
                .to_sql(&columns())
                .contains("(\"origin\" <> 'ATL' OR \"origin\" IS NULL)")
        );
        slice.toggle_value("origin", &Scalar::Null, true);
        assert!(
            slice
                .to_sql(&columns())
                .contains("(\"origin\" <> 'ATL' AND \"origin\" IS NOT NULL)")
        );
    }

    #[test]
    fn a_second_click_takes_the_value_out_again() {
        let mut slice = Slice::of("t");
        slice.toggle_value("origin", &Scalar::from("ATL"), false);
        slice.toggle_value("origin", &Scalar::from("ATL"), false);
        assert_eq!(slice, Slice::of("t"));
    }

    #[test]
    fn a_link_restores_the_slice() {
        let mut slice = Slice::of("t");
        slice.toggle_value("origin", &Scalar::Null, true);
        slice.measures = vec![Measure::count()];
        let link = serde_json::to_string(&slice).expect("serialises");
        assert_eq!(
            serde_json::from_str::<Slice>(&link).expect("parses"),
            slice,
            "{link}"
        );
    }
}
