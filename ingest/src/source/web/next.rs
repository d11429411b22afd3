//! Where the next page of an API is.

use reqwest::header::{HeaderMap, LINK};
use serde_json::value::RawValue;
use url::Url;

use super::{joined, records};
use crate::project::Pagination;

/// A page that was read.
pub(super) struct Page<'a> {
    /// Its address.
    pub url: &'a Url,
    pub headers: &'a HeaderMap,
    pub answer: &'a RawValue,
    /// Records in it.
    pub records: usize,
    /// Pages before it.
    pub before: u64,
    /// Records before it.
    pub records_before: u64,
}

/// The address of the first page.
pub(super) fn first(pagination: &Pagination, url: &Url) -> Url {
    match pagination {
        Pagination::Page { parameter, first, .. } => with(url, parameter, &first.to_string()),
        Pagination::Offset { parameter, .. } => with(url, parameter, "0"),
        Pagination::LinkHeader { .. } | Pagination::Cursor { .. } => url.clone(),
    }
}

/// The address of the page after this one; none where there is none.
pub(super) fn next(pagination: &Pagination, page: &Page<'_>) -> Result<Option<Url>, String> {
    match pagination {
        Pagination::LinkHeader { .. } => {
            let links = page
                .headers
                .get_all(LINK)
                .iter()
                .filter_map(|value| value.to_str().ok());
            let target = links.into_iter().find_map(target_of_next);
            target.map(|target| joined(page.url, target)).transpose()
        }
        Pagination::Page { .. } | Pagination::Offset { .. } if page.records == 0 => Ok(None),
        Pagination::Page { parameter, first, .. } => {
            let number = first + page.before + 1;
            Ok(Some(with(page.url, parameter, &number.to_string())))
        }
        Pagination::Offset { parameter, .. } => {
            let offset = page.records_before + page.records as u64;
            Ok(Some(with(page.url, parameter, &offset.to_string())))
        }
        Pagination::Cursor { next, parameter, .. } => {
            let Some(value) =
                records::at(page.answer, next).and_then(|value| cursor(next, value).transpose())
            else {
                return Ok(None);
            };
            match parameter {
                Some(parameter) => Ok(Some(with(page.url, parameter, &value?))),
                None => joined(page.url, &value?).map(Some),
            }
        }
    }
}

/// A value that leads on; none where it says that there is no more.
fn cursor(path: &str, value: &RawValue) -> Result<Option<String>, String> {
    match serde_json::from_str(value.get()) {
        Ok(serde_json::Value::Null | serde_json::Value::Bool(false)) => Ok(None),
        Ok(serde_json::Value::String(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
        Ok(serde_json::Value::Number(_)) => Ok(Some(value.get().to_owned())),
        _ => Err(format!(
            "{path} in the answer is neither text nor a number: correct next of pagination in ingest.toml"
        )),
    }
}

/// The URL with a parameter that has this value.
pub(super) fn with(url: &Url, parameter: &str, value: &str) -> Url {
    let others: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| name != parameter)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let mut url = url.clone();
    url.query_pairs_mut()
        .clear()
        .extend_pairs(others)
        .append_pair(parameter, value);
    url
}

/// The target of a link to what is next, as in `<https://host/x?page=2>; rel="next", <…>; rel="last"`.
fn target_of_next(header: &str) -> Option<&str> {
    let mut rest = header;
    loop {
        let (_, link) = rest.split_once('<')?;
        let (target, after) = link.split_once('>')?;
        let end = after.find('<').unwrap_or(after.len());
        let is_next = after[..end].split([';', ',']).any(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or_default();
            let mut relations = value.trim().trim_matches('"').split_whitespace();
            name.trim().eq_ignore_ascii_case("rel")
                && relations.any(|relation| relation.eq_ignore_ascii_case("next"))
        });
        if is_next {
            return Some(target);
        }
        rest = &after[end..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_to_what_is_next_is_found_among_others() {
        let both = "<https://h/?page=1>; rel=\"prev first\", <https://h/?page=3>; title=\"a\"; rel=\"next\"";
        assert_eq!(target_of_next(both), Some("https://h/?page=3"));
        assert_eq!(target_of_next("</x,y?a=1;b>; REL=next"), Some("/x,y?a=1;b"));
        assert_eq!(target_of_next("<https://h/>; rel=\"last\""), None);
        assert_eq!(target_of_next("nonsense"), None);
    }

    #[test]
    fn a_parameter_is_replaced_and_others_stay() {
        let url = Url::parse("https://h/x?page=1&q=a%20b").expect("a URL");
        assert_eq!(with(&url, "page", "2&").as_str(), "https://h/x?q=a+b&page=2%26");
    }

    #[test]
    fn a_cursor_ends_in_several_ways() {
        let of = |text: &str| {
            cursor(
                "next",
                &serde_json::from_str::<Box<RawValue>>(text).expect("JSON"),
            )
        };
        assert_eq!(of("\"abc\""), Ok(Some("abc".to_owned())));
        assert_eq!(
            of("12345678901234567890123"),
            Ok(Some("12345678901234567890123".to_owned()))
        );
        for end in ["null", "false", "\"\""] {
            assert_eq!(of(end), Ok(None));
        }
        assert!(of("[1]").is_err_and(|error| error.contains("next")));
    }
}
