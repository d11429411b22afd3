//! What the analyst looks at, and the query string that restores it.
//!
//! Invariant: `Location::parse(&location.query_string())` gives the location back.

use form_urlencoded::Serializer;
use protocol::Slice;

/// All that a link restores.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Location {
    /// What is looked at.
    pub view: View,
    /// How its result is drawn.
    pub picture: Picture,
}

/// What is looked at.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum View {
    /// The list of tables.
    #[default]
    Catalog,
    /// One table by gestures.
    Slice(Slice),
    /// A statement of one's own.
    Sql(FreeSql),
    /// A link that cannot be read.
    Broken(BrokenLink),
}

/// A statement that no gesture stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeSql {
    /// The statement; may be empty.
    pub sql: String,
    /// The table whose fields stand beside it.
    pub table: Option<String>,
}

/// Why a link cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenLink {
    /// What is wrong with it.
    pub reason: String,
}

/// How a result is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Picture {
    /// As suits the result.
    #[default]
    Auto,
    /// Bars.
    Bar,
    /// Lines.
    Line,
    /// Filled lines.
    Area,
    /// A table; a pivot table with two groups.
    Pivot,
    /// Only the grid.
    Hidden,
}

impl Picture {
    /// All, in the order of the menu.
    pub const ALL: [Self; 6] = [
        Self::Auto,
        Self::Bar,
        Self::Line,
        Self::Area,
        Self::Pivot,
        Self::Hidden,
    ];

    /// The name in links and menus.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Bar => "bar",
            Self::Line => "line",
            Self::Area => "area",
            Self::Pivot => "pivot",
            Self::Hidden => "none",
        }
    }

    /// The picture of that name; an unknown one is [`Picture::Auto`].
    pub fn of_name(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|picture| picture.name() == name)
            .unwrap_or_default()
    }
}

impl View {
    /// The table whose fields are shown.
    pub fn table(&self) -> Option<&str> {
        match self {
            Self::Slice(slice) => Some(&slice.table),
            Self::Sql(free) => free.table.as_deref(),
            Self::Catalog | Self::Broken(_) => None,
        }
    }
}

impl Location {
    /// A view drawn as suits it.
    pub fn of(view: View) -> Self {
        Self {
            view,
            picture: Picture::Auto,
        }
    }

    /// Reads a query string, with or without its `?`. Parameters that Goldpan does not know are ignored.
    pub fn parse(query: &str) -> Self {
        let (mut slice, mut sql, mut table, mut picture) = (None, None, None, Picture::Auto);
        for (name, value) in form_urlencoded::parse(query.trim_start_matches('?').as_bytes()) {
            match &*name {
                "s" => slice = Some(value.into_owned()),
                "sql" => sql = Some(value.into_owned()),
                "t" => table = Some(value.into_owned()).filter(|table| !table.is_empty()),
                "c" => picture = Picture::of_name(&value),
                _ => {}
            }
        }
        let view = match (slice, sql, table) {
            (_, Some(sql), table) => View::Sql(FreeSql { sql, table }),
            (Some(json), None, _) => match serde_json::from_str(&json) {
                Ok(slice) => View::Slice(slice),
                Err(error) => View::Broken(BrokenLink {
                    reason: error.to_string(),
                }),
            },
            (None, None, Some(table)) => View::Slice(Slice::of(&table)),
            (None, None, None) => View::Catalog,
        };
        Self { view, picture }
    }

    /// The query string with its `?`; empty for the catalog.
    pub fn query_string(&self) -> String {
        let mut query = Serializer::new(String::new());
        match &self.view {
            View::Catalog | View::Broken(_) => {}
            View::Slice(slice) => {
                // A slice is plain data with string keys: it always serialises.
                let json = serde_json::to_string(slice).unwrap_or_default();
                query.append_pair("s", &json);
            }
            View::Sql(free) => {
                query.append_pair("sql", &free.sql);
                if let Some(table) = &free.table {
                    query.append_pair("t", table);
                }
            }
        }
        if self.picture != Picture::Auto {
            query.append_pair("c", self.picture.name());
        }
        let query = query.finish();
        if query.is_empty() {
            query
        } else {
            format!("?{query}")
        }
    }
}

#[cfg(test)]
mod tests {
    use catalog::Scalar;
    use protocol::slice::{Filter, Grain, Grouping, Measure};

    use super::*;

    fn filtered() -> Slice {
        let mut slice = Slice::of("flights & \"more\"");
        slice.toggle_value("origin", &Scalar::from("A=T&L+?#é"), true);
        slice.set_filter(Filter::Range {
            column: "delay".to_owned(),
            from: Some(Scalar::Float(-0.5)),
            to: None,
            closed: false,
        });
        slice.group_by.push(Grouping {
            column: "date".to_owned(),
            grain: Some(Grain::Week),
        });
        slice.measures.push(Measure::count());
        slice
    }

    #[test]
    fn every_view_survives_its_link() {
        let sql = |sql: &str, table: Option<&str>| {
            View::Sql(FreeSql {
                sql: sql.to_owned(),
                table: table.map(str::to_owned),
            })
        };
        let views = [
            View::Catalog,
            View::Slice(filtered()),
            sql("SELECT 1 + 1 AS \"a&b\"\n-- 100% 'é'", None),
            sql("", Some("flights")),
        ];
        for view in views {
            for picture in Picture::ALL {
                let location = Location {
                    view: view.clone(),
                    picture,
                };
                assert_eq!(Location::parse(&location.query_string()), location);
            }
        }
    }

    #[test]
    fn a_link_typed_by_hand_needs_only_a_table() {
        let location = Location::parse("?t=flights&utm_source=mail");
        assert_eq!(location.view, View::Slice(Slice::of("flights")));
    }

    #[test]
    fn percent_encoded_json_is_read_as_form_encoded_json_is() {
        let location = Location::parse("?s=%7B%22t%22%3A%22my%20table%22%7D");
        assert_eq!(location.view, View::Slice(Slice::of("my table")));
    }

    #[test]
    fn a_cut_off_link_says_what_is_wrong() {
        let whole = Location::of(View::Slice(filtered())).query_string();
        let cut = &whole[..whole.len() / 2];
        let View::Broken(broken) = Location::parse(cut).view else {
            panic!("{cut} was read");
        };
        assert!(broken.reason.contains("EOF"), "{}", broken.reason);
    }
}
