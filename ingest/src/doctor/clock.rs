//! Whether the store answers, and whether its clock is that of this machine: signatures hold a time.

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{DATE, RANGE};
use url::Url;

use super::finding::Findings;
use crate::target::innermost;

/// Signatures of another time than this are refused by AWS.
const REFUSED: Duration = Duration::from_secs(15 * 60);
/// What is more than this may become too much.
const NOTICED: Duration = Duration::from_secs(60);
const FIX: &str = "set the clock of this machine, best by NTP (on Linux `timedatectl set-ntp true`); in a virtual machine \
                   or container it is the host's";

/// Whether there was an answer.
pub(super) async fn look(client: &reqwest::Client, url: Url, findings: &mut Findings) -> bool {
    let origin = url.origin().ascii_serialization();
    let asked = Timestamp::now();
    let answer = match client.get(url).header(RANGE, "bytes=0-0").send().await {
        Ok(answer) => answer,
        Err(error) => {
            // With its URL, which is signed, the innermost could be the outermost.
            let cause = innermost(&error.without_url());
            findings.error(
                "store",
                format!("{origin} does not answer: {cause}"),
                "check endpoint and region in ingest.toml, AWS_ENDPOINT_URL and AWS_REGION, the network and its proxy",
            );
            return false;
        }
    };
    let answered = Timestamp::now();
    findings.ok("store", format!("{origin} answers"));
    let told = answer.headers().get(DATE).and_then(|date| date.to_str().ok());
    match told.and_then(|date| DateTimeParser::new().parse_timestamp(date).ok()) {
        None => findings.warning(
            "clock",
            "the store does not tell its time",
            "compare this machine's clock by other means: signatures of a wrong time are refused",
        ),
        Some(date) => {
            let skew = apart(asked, answered, date);
            let apart = humantime::format_duration(Duration::from_secs(skew.as_secs().unsigned_abs()));
            let found = match skew.signum() {
                0 => "as the store's".to_owned(),
                1 => format!("{apart} behind the store's"),
                _ => format!("{apart} ahead of the store's"),
            };
            match skew.unsigned_abs() {
                skew if skew >= REFUSED => findings.error("clock", found, FIX),
                skew if skew >= NOTICED => findings.warning("clock", found, FIX),
                _ => findings.ok("clock", found),
            }
        }
    }
    true
}

/// How far the store's time, which has whole seconds, is outside of the time in which it answered.
fn apart(asked: Timestamp, answered: Timestamp, date: Timestamp) -> SignedDuration {
    let second = SignedDuration::from_secs(1);
    let (early, late) = (date.duration_since(asked), date.duration_since(answered));
    if late > SignedDuration::ZERO {
        late
    } else if early < -second {
        early + second
    } else {
        SignedDuration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_of_the_answer_is_no_skew() {
        let at = |ms: i64| Timestamp::from_millisecond(ms).expect("in range");
        for (date, skew_ms) in [
            (10_000, 0),
            (9_400, 0),
            (12_000, 0),
            (14_000, 1_500),
            (4_000, -5_000),
        ] {
            assert_eq!(
                apart(at(10_000), at(12_500), at(date)),
                SignedDuration::from_millis(skew_ms),
                "{date}"
            );
        }
    }
}
