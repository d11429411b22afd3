//! Why a request failed, and whether it may go well later.

use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Response, StatusCode};

use crate::print;
use crate::target::innermost;

/// Characters of an answer that a message repeats.
const SHOWN: usize = 200;

/// A request that failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// What went wrong.
    pub problem: String,
    /// Whether it may go well later.
    pub is_passing: bool,
    /// Whether there was no server: rather a wrong address than one that is restarted.
    pub is_unreachable: bool,
    /// How long the server asks to wait.
    pub wait: Option<Duration>,
}

impl Failure {
    /// One that would come again.
    pub fn lasting(problem: impl Into<String>) -> Self {
        Self {
            problem: problem.into(),
            is_passing: false,
            is_unreachable: false,
            wait: None,
        }
    }

    /// No answer, or one that broke off.
    pub fn of_request(error: reqwest::Error) -> Self {
        let is_passing = !error.is_builder();
        let (is_timeout, is_unreachable) = (error.is_timeout(), error.is_connect());
        let cause = innermost(&error.without_url());
        let problem = match is_timeout {
            true => "the server was silent for too long (timeout of the source in ingest.toml)".to_owned(),
            false => format!("{cause}: check path in ingest.toml, and the network"),
        };
        Self {
            problem,
            is_passing,
            is_unreachable,
            wait: None,
        }
    }

    /// An answer that is none.
    pub async fn of_answer(response: Response) -> Self {
        let status = response.status();
        let remedy = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                "check headers of the source in ingest.toml, and the variables that they name"
            }
            StatusCode::NOT_FOUND | StatusCode::GONE => "check path in ingest.toml",
            StatusCode::TOO_MANY_REQUESTS => "it takes fewer requests: run again later",
            status if status.is_server_error() => "the server has a problem: run again later",
            _ => "check path and headers of the source in ingest.toml",
        };
        let is_passing = matches!(status.as_u16(), 408 | 425 | 429 | 500 | 502..=504);
        let wait = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| wait_of(value.to_str().ok()?));
        let is_page = is_web_page(&response);
        let said = match response.text().await {
            Ok(text) if !is_page && !text.trim().is_empty() => format!(", {}", beginning(&text)),
            _ => String::new(),
        };
        Self {
            problem: format!("{status}{said}: {remedy}"),
            is_passing,
            is_unreachable: false,
            wait,
        }
    }
}

/// Whether an answer is made for people.
pub(super) fn is_web_page(response: &Response) -> bool {
    let kind = response.headers().get(reqwest::header::CONTENT_TYPE);
    kind.and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.trim().to_ascii_lowercase().starts_with("text/html"))
}

/// The beginning of an answer, in one line.
pub(super) fn beginning(text: &str) -> String {
    print::one_line(text, SHOWN)
}

/// Seconds, or the time until a date.
fn wait_of(value: &str) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(value)
        .ok()?;
    Some(
        until
            .duration_since(jiff::Timestamp::now())
            .try_into()
            .unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_asks_to_wait_for_seconds_or_until_a_date() {
        assert_eq!(wait_of("120"), Some(Duration::from_secs(120)));
        assert_eq!(wait_of("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(wait_of("soon"), None);
    }

    #[test]
    fn of_a_long_answer_the_beginning_is_shown() {
        assert_eq!(beginning(" a\n  b "), "a b");
        assert_eq!(beginning(&"ä".repeat(300)).chars().count(), SHOWN + 1);
    }
}
