//! Why a store failed, in one line.
//!
//! `object_store` wraps an error in up to five others, each of which repeats the text of the next.

use std::error::Error;

use super::credentials::CredentialsError;

/// What to look at when a bucket does not answer as it should.
const CHECK: &str = "check AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, \
                     or endpoint and region in ingest.toml";

/// The cause at the bottom, which says what the others only pass on.
pub(crate) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// The cause at the bottom, which request met it, and what to check.
pub(crate) fn at_s3(error: &(dyn Error + 'static)) -> String {
    let said = said_by_s3(error);
    let missing = matches!(error.downcast_ref(), Some(object_store::Error::NotFound { .. }));
    if missing || is_about_credentials(error) {
        said
    } else {
        format!("{said}; {CHECK}")
    }
}

/// The cause at the bottom, and which request met it.
pub(crate) fn said_by_s3(error: &(dyn Error + 'static)) -> String {
    let cause = innermost(error);
    if is_about_credentials(error) {
        return cause;
    }
    let cause = answer(&cause).unwrap_or(cause);
    let request = request(&error.to_string()).map_or_else(String::new, |request| format!(" ({request})"));
    format!("{cause}{request}")
}

/// Such an error says itself what to do.
fn is_about_credentials(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<CredentialsError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The status, code and message of an S3 error document, which may stand in several lines of XML.
fn answer(cause: &str) -> Option<String> {
    let (_, answer) = cause.split_once("status code: ")?;
    let (status, body) = answer.split_once(": ").unwrap_or((answer, ""));
    let parts = [
        Some(status.trim_end_matches(':')),
        element(body, "Code"),
        element(body, "Message"),
    ];
    Some(parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (content, _) = rest.split_once(&format!("</{name}>"))?;
    Some(content.trim())
}

/// Method and URL of the request, without its query.
fn request(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("Error performing ")?;
    let mut words = rest.split(' ');
    let (method, url) = (words.next()?, words.next()?);
    let url = url.split('?').next()?;
    url.starts_with("http").then(|| format!("{method} {url}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_s3_error_document_becomes_one_line() {
        let text = "Server returned non-2xx status code: 403 Forbidden: <?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code>\
                    <Message>Access Denied</Message><RequestId>1</RequestId></Error>";
        assert_eq!(
            answer(text).as_deref(),
            Some("403 Forbidden, AccessDenied, Access Denied")
        );
        assert_eq!(
            answer("Server returned non-2xx status code: 404 Not Found: ").as_deref(),
            Some("404 Not Found")
        );
        assert_eq!(answer("Connection refused (os error 111)"), None);
    }

    #[test]
    fn a_request_is_named_without_its_query() {
        assert_eq!(
            request("Generic S3 error: Error performing GET http://127.0.0.1:9/b?list-type=2&prefix=a in 3.1s - HTTP error")
                .as_deref(),
            Some("GET http://127.0.0.1:9/b")
        );
        assert_eq!(request("Error performing PUT REDACTED in 3.1s"), None);
    }
}
