//! The site's security headers, as `infra/headers.json` states them for AWS too.
//!
//! Invariant: every response of the site carries them; no script runs that is not a file of the site.

use std::collections::BTreeMap;

use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;

use super::ServeError;

const RULES: &str = include_str!("../../../infra/headers.json");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    content_security_policy: BTreeMap<String, Vec<String>>,
    connect_src_default: Vec<String>,
    headers: BTreeMap<String, String>,
}

/// The headers of a site whose objects come from `lake_origin`. `connect_src` names the other places that the
/// page may read from; none means any `https:` and this machine, so that a person can open a file by URL.
pub(super) fn headers(lake_origin: &str, connect_src: Option<&str>) -> Result<HeaderMap, ServeError> {
    let invalid = |reason: String| ServeError::Rules {
        file: "infra/headers.json",
        reason,
    };
    let mut rules: Rules = serde_json::from_str(RULES).map_err(|error| invalid(error.to_string()))?;
    let connect = rules
        .content_security_policy
        .entry("connect-src".to_owned())
        .or_default();
    connect.push(lake_origin.to_owned());
    match connect_src {
        None => connect.extend(rules.connect_src_default),
        Some(sources) => connect.extend(sources.split_whitespace().map(str::to_owned)),
    }
    if let Some(source) = connect.iter().find(|source| !is_source(source)) {
        return Err(ServeError::ConnectSource {
            source_expression: source.clone(),
        });
    }
    let policy: Vec<String> = rules
        .content_security_policy
        .iter()
        .map(|(directive, sources)| format!("{directive} {}", sources.join(" ")))
        .collect();
    let mut headers = HeaderMap::new();
    let value = |text: &str| HeaderValue::from_str(text).map_err(|error| invalid(error.to_string()));
    headers.insert(CONTENT_SECURITY_POLICY, value(&policy.join("; "))?);
    for (name, text) in &rules.headers {
        let name: HeaderName = name
            .parse()
            .map_err(|_| invalid(format!("`{name}` is no header name")))?;
        headers.insert(name, value(text)?);
    }
    Ok(headers)
}

/// One source expression: nothing that would begin another directive or another policy.
fn is_source(text: &str) -> bool {
    text != "'none'"
        && text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b';' && byte != b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(connect_src: Option<&str>) -> String {
        let headers = headers("http://127.0.0.1:9", connect_src).expect("valid rules");
        let policy = headers.get(CONTENT_SECURITY_POLICY).expect("a policy");
        policy.to_str().expect("text").to_owned()
    }

    #[test]
    fn scripts_come_from_the_site_alone() {
        let policy = policy(None);
        assert!(
            policy.contains("script-src 'self' 'wasm-unsafe-eval';"),
            "{policy}"
        );
        assert!(policy.contains("object-src 'none'"), "{policy}");
    }

    #[test]
    fn the_page_may_read_the_lake_and_what_is_configured() {
        let open = policy(None);
        assert!(
            open.contains(
                "connect-src 'self' http://127.0.0.1:9 https: http://127.0.0.1:* http://localhost:*;"
            ),
            "{open}"
        );
        let closed = policy(Some("https://a.example https://b.example"));
        assert!(
            closed.contains("connect-src 'self' http://127.0.0.1:9 https://a.example https://b.example;"),
            "{closed}"
        );
    }

    #[test]
    fn a_source_cannot_smuggle_a_directive() {
        for sources in [
            "https:;script-src *",
            "https:,script-src *",
            "'none'",
            "https://ä.example",
        ] {
            assert!(headers("http://127.0.0.1:9", Some(sources)).is_err(), "{sources}");
        }
    }
}
