//! Keys of `[sources.NAME]` for what is no file: requests to a web API.
//!
//! Invariant: a value that may be a secret is never part of what `Debug` prints.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;

use serde::Deserialize;

use super::{ProjectError, Variables, interpolate};

/// Headers of requests, by name. Their values may hold `${NAME}`.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Headers(BTreeMap<String, String>);

impl Headers {
    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same with every `${NAME}` replaced.
    pub(super) fn resolve(&self, place: &str, variables: Variables<'_>) -> Result<Self, ProjectError> {
        let resolve = |(name, value): (&String, &String)| {
            let place = format!("headers.{name} of {place}");
            Ok((name.clone(), interpolate(value, &place, variables)?))
        };
        self.0.iter().map(resolve).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The column by whose values a source is asked for what is new only: its values never become smaller.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "cursor is the name of a column, or of an API { column = \"updated_at\", parameter = \"since\" }"
)]
pub enum Cursor {
    /// Of a database.
    Column(String),
    /// Of an API.
    Parameter(CursorParameter),
}

/// How an API is asked for what is new.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CursorParameter {
    /// Where in a record the value is, as in `updated_at` or `meta.updated_at`.
    pub column: String,
    /// The parameter of the URL that takes the largest value so far.
    pub parameter: String,
}

/// How an API tells that there is more than one page of records.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Pagination {
    /// The header `Link: <…>; rel="next"` of an answer has the address of the next page.
    LinkHeader {
        /// Pages that a run reads at most.
        #[serde(default = "max_pages")]
        max_pages: NonZeroU32,
    },
    /// A parameter counts pages; the first page without records is the end.
    Page {
        /// The parameter of the URL.
        #[serde(default = "page")]
        parameter: String,
        /// Its value for the first page.
        #[serde(default = "one")]
        first: u64,
        /// Pages that a run reads at most.
        #[serde(default = "max_pages")]
        max_pages: NonZeroU32,
    },
    /// A parameter counts the records before a page; the first page without records is the end.
    Offset {
        /// The parameter of the URL.
        #[serde(default = "offset")]
        parameter: String,
        /// Pages that a run reads at most.
        #[serde(default = "max_pages")]
        max_pages: NonZeroU32,
    },
    /// A value in an answer leads to the next page; there is none where it is absent, `null`, `false` or empty.
    Cursor {
        /// Where in an answer it is, as in `meta.next`.
        next: String,
        /// The parameter of the URL that takes it; where absent, it is the address of the next page.
        #[serde(default)]
        parameter: Option<String>,
        /// Pages that a run reads at most.
        #[serde(default = "max_pages")]
        max_pages: NonZeroU32,
    },
}

impl Pagination {
    /// Pages that a run reads at most.
    pub fn max_pages(&self) -> u32 {
        let (Self::LinkHeader { max_pages }
        | Self::Page { max_pages, .. }
        | Self::Offset { max_pages, .. }
        | Self::Cursor { max_pages, .. }) = self;
        max_pages.get()
    }
}

fn max_pages() -> NonZeroU32 {
    const { NonZeroU32::new(1000).unwrap() }
}

fn page() -> String {
    "page".to_owned()
}

fn offset() -> String {
    "offset".to_owned()
}

fn one() -> u64 {
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_headers_are_not_printed() {
        let headers: Headers = toml::from_str("Authorization = 'Bearer ${TOKEN}'").expect("parses");
        let variables = |name: &str| (name == "TOKEN").then(|| "hidden".to_owned());
        let resolved = headers.resolve("[sources.x]", &variables).expect("set");
        assert_eq!(resolved.iter().next(), Some(("Authorization", "Bearer hidden")));
        assert_eq!(format!("{resolved:?}"), "{\"Authorization\"}");
        let unset = headers.resolve("[sources.x]", &|_| None).expect_err("not set");
        assert!(
            unset.to_string().contains("headers.Authorization of [sources.x]"),
            "{unset}"
        );
    }

    #[test]
    fn a_misspelt_key_of_pagination_is_refused() {
        let parse = toml::from_str::<Pagination>;
        assert_eq!(parse("kind = 'page'").map(|pages| pages.max_pages()), Ok(1000));
        assert!(parse("kind = 'page'\nparametre = 'p'").is_err());
        assert!(parse("kind = 'cursor'").is_err_and(|error| error.to_string().contains("next")));
        assert!(parse("kind = 'link_header'\nmax_pages = 0").is_err());
    }
}
