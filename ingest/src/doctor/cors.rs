//! Whether the page may read the bucket: what a browser asks, and what it lets the page see.

use reqwest::header::{HeaderMap, HeaderName, ORIGIN, RANGE};
use reqwest::{Method, StatusCode};
use url::Url;

use super::finding::Findings;
use crate::cors::{RULES, Rule};
use crate::target::innermost;

/// Without these the page cannot tell which bytes it got, of which version.
const NEEDED: [&str; 2] = ["content-range", "etag"];
/// What the page sends beside what every request has.
const SENT: &str = "range";

/// Asks as a browser does for a page of this origin. The URL is signed, for an object that is there.
pub(super) async fn look(
    client: &reqwest::Client,
    url: Url,
    origin: &str,
    bucket: &str,
    findings: &mut Findings,
) {
    let rule = match Rule::read() {
        Ok(rule) => rule,
        Err(error) => return findings.failed("CORS", &error),
    };
    let fix = format!(
        "set this rule, at AWS by `aws s3api put-bucket-cors --bucket {bucket} --cors-configuration '{}'`",
        RULES.split_whitespace().collect::<String>()
    );
    let request = client.get(url.clone());
    let answer = match request
        .header(ORIGIN, origin)
        .header(RANGE, "bytes=0-3")
        .send()
        .await
    {
        Ok(answer) => answer,
        Err(error) => return unanswered("CORS", error, findings),
    };
    if answer.status() != StatusCode::PARTIAL_CONTENT {
        findings.error(
            "CORS",
            format!(
                "a signed URL answers a range with {}, not with 206",
                answer.status()
            ),
            "serve objects from a store that answers ranges, without something between that changes requests",
        );
        return;
    }
    let headers = answer.headers();
    let exposed = list(headers, "access-control-expose-headers");
    let is_hidden = |name: &&String| !holds(&exposed, name);
    let hidden: Vec<&str> = rule
        .expose_headers
        .iter()
        .filter(is_hidden)
        .map(String::as_str)
        .collect();
    if !lets_in(headers, origin) {
        let found = format!("a page of {origin} may not read the bucket");
        findings.error("CORS", found, fix.clone());
    } else if hidden
        .iter()
        .any(|name| NEEDED.contains(&name.to_lowercase().as_str()))
    {
        findings.error(
            "CORS",
            format!("the page does not see {}", hidden.join(", ")),
            fix.clone(),
        );
    } else if hidden.is_empty() {
        findings.ok("CORS", format!("a page of {origin} may read ranges"));
    } else {
        findings.warning(
            "CORS",
            format!("the page does not see {}", hidden.join(", ")),
            fix.clone(),
        );
    }
    preflight(client, &url, origin, &rule, fix, findings).await;
}

/// Browsers ask first where they do not take a range for a simple header.
async fn preflight(
    client: &reqwest::Client,
    url: &Url,
    origin: &str,
    rule: &Rule,
    fix: String,
    findings: &mut Findings,
) {
    const CHECK: &str = "CORS preflight";
    let mut wrong = Vec::new();
    for method in &rule.allowed_methods {
        let request = client
            .request(Method::OPTIONS, url.clone())
            .header(ORIGIN, origin)
            .header("Access-Control-Request-Method", method)
            .header("Access-Control-Request-Headers", SENT);
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => return unanswered(CHECK, error, findings),
        };
        let headers = answer.headers();
        if !answer.status().is_success() {
            wrong.push(format!("{method}: {}", answer.status()));
        } else if !lets_in(headers, origin) {
            wrong.push(format!("{method}: not from {origin}"));
        } else if !holds(&list(headers, "access-control-allow-methods"), method) {
            wrong.push(format!("{method} is not allowed"));
        } else if !holds(&list(headers, "access-control-allow-headers"), SENT) {
            wrong.push(format!("{method}: {SENT} may not be sent"));
        }
    }
    if wrong.is_empty() {
        findings.ok(
            CHECK,
            format!("{} may be sent with {SENT}", rule.allowed_methods.join(", ")),
        );
    } else {
        findings.warning(CHECK, wrong.join("; "), format!("some browsers ask first: {fix}"));
    }
}

/// The URL is signed, and not shown.
fn unanswered(check: &str, error: reqwest::Error, findings: &mut Findings) {
    findings.error(
        check,
        format!(
            "a request as browsers send it is not answered: {}",
            innermost(&error.without_url())
        ),
        "look at what is between here and the store, and at what the store logs",
    );
}

fn lets_in(headers: &HeaderMap, origin: &str) -> bool {
    let allowed = list(headers, "access-control-allow-origin");
    allowed == ["*"] || allowed == [origin]
}

fn list(headers: &HeaderMap, name: &'static str) -> Vec<String> {
    let values = headers.get_all(HeaderName::from_static(name)).into_iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    texts
        .flat_map(|text| text.split(','))
        .map(|part| part.trim().to_owned())
        .collect()
}

fn holds(list: &[String], name: &str) -> bool {
    list.iter()
        .any(|part| part == "*" || part.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_connection_that_breaks_is_told_with_its_cause_and_without_the_signed_url() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let address = listener.local_addr().expect("bound");
        tokio::spawn(async move { while listener.accept().await.is_ok() {} });
        let url = Url::parse(&format!("http://{address}/lake/x?X-Amz-Signature=5ec7e7")).expect("a URL");
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let mut findings = Findings::default();
        let rule = Rule::read().expect("the rule");
        look(&client, url.clone(), "http://a.example", "lake", &mut findings).await;
        preflight(
            &client,
            &url,
            "http://a.example",
            &rule,
            String::new(),
            &mut findings,
        )
        .await;
        assert_eq!(findings.findings.len(), 2, "{findings:?}");
        for finding in &findings.findings {
            let cause = finding.found.rsplit(": ").next().unwrap_or_default();
            assert!(
                cause.contains("connection") || cause.contains("Connection"),
                "{finding:?}"
            );
            assert!(!format!("{finding:?}").contains("5ec7e7"), "{finding:?}");
        }
    }
}
