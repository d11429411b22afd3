//! Free statements: sorting them from the grid, and finding the place of a mistake.

use protocol::slice::Order;
use protocol::sql::identifier;
use protocol::{Failure, FailureKind};

const BEFORE: &str = "SELECT *\nFROM (\n";
const BETWEEN: &str = "\n) AS result\nORDER BY ";

/// The statement with its rows in another order; a statement that was sorted so before is not wrapped twice.
pub fn sorted(sql: &str, order: Option<&Order>) -> String {
    let inner = unsorted(sql);
    match order {
        None => inner.to_owned(),
        Some(order) => {
            let direction = if order.descending { "DESC" } else { "ASC" };
            let inner = inner.trim().trim_end_matches(';');
            format!(
                "{BEFORE}{inner}{BETWEEN}{} {direction} NULLS LAST",
                identifier(&order.column)
            )
        }
    }
}

/// How the statement was sorted by [`sorted`].
pub fn order_of(sql: &str) -> Option<Order> {
    let (_, order) = sql.strip_prefix(BEFORE)?.rsplit_once(BETWEEN)?;
    let order = order.strip_suffix(" NULLS LAST")?;
    let (column, descending) = match order.strip_suffix(" DESC") {
        Some(column) => (column, true),
        None => (order.strip_suffix(" ASC")?, false),
    };
    let column = column.strip_prefix('"')?.strip_suffix('"')?.replace("\"\"", "\"");
    Some(Order { column, descending })
}

fn unsorted(sql: &str) -> &str {
    match order_of(sql) {
        Some(_) => sql
            .strip_prefix(BEFORE)
            .and_then(|rest| rest.rsplit_once(BETWEEN))
            .map_or(sql, |(inner, _)| inner),
        None => sql,
    }
}

/// Line and column, both from 1, that a mistake's message names (`... at Line: 1, Column: 8`).
pub fn place_of_mistake(failure: &Failure) -> Option<(u32, u32)> {
    if failure.kind != FailureKind::InvalidQuery {
        return None;
    }
    let texts = std::iter::once(&failure.message).chain(&failure.causes);
    texts
        .filter_map(|text| Some((number_after(text, "Line: ")?, number_after(text, "Column: ")?)))
        .next()
}

fn number_after(text: &str, label: &str) -> Option<u32> {
    let (_, rest) = text.split_once(label)?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorting_again_replaces_the_order() {
        let by = |column: &str, descending| Order {
            column: column.to_owned(),
            descending,
        };
        let once = sorted("SELECT 1 AS \"a\"\"b\";\n", Some(&by("a\"b", true)));
        assert_eq!(order_of(&once), Some(by("a\"b", true)));
        let twice = sorted(&once, Some(&by("c", false)));
        assert_eq!(
            twice,
            "SELECT *\nFROM (\nSELECT 1 AS \"a\"\"b\"\n) AS result\nORDER BY \"c\" ASC NULLS LAST"
        );
        assert_eq!(sorted(&twice, None), "SELECT 1 AS \"a\"\"b\"");
        assert_eq!(order_of("SELECT * FROM t ORDER BY a"), None);
    }

    #[test]
    fn the_place_of_a_mistake_is_read_from_its_message() {
        let failure = |message: &str| Failure::new(FailureKind::InvalidQuery, message);
        let mistake =
            failure("sql parser error: Expected: an expression, found: FROM at Line: 12, Column: 8");
        assert_eq!(place_of_mistake(&mistake), Some((12, 8)));
        assert_eq!(place_of_mistake(&failure("No field named x.")), None);
    }
}
