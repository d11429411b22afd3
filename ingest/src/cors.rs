//! The CORS rule of the bucket, as `infra/cors.json` states it for AWS too.
//!
//! Invariant: what `serve` answers and what `doctor` expects are this one rule.
//!
//! Entry points: [`Rule::read`], [`layer`].

use axum::http::{HeaderName, HeaderValue, Method};
use serde::Deserialize;
use std::time::Duration;
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer, ExposeHeaders};

use crate::serve::ServeError;

/// In the form that `aws s3api put-bucket-cors` takes.
pub(crate) const RULES: &str = include_str!("../../infra/cors.json");

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Configuration {
    #[serde(rename = "CORSRules")]
    rules: [Rule; 1],
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Rule {
    allowed_origins: Vec<String>,
    /// Methods that the page uses.
    pub allowed_methods: Vec<String>,
    allowed_headers: Vec<String>,
    /// Headers of an answer that the page reads.
    pub expose_headers: Vec<String>,
    max_age_seconds: u64,
}

impl Rule {
    /// The rule that every bucket needs.
    pub fn read() -> Result<Self, ServeError> {
        let Configuration { rules: [rule] } =
            serde_json::from_str(RULES).map_err(|error| invalid(error.to_string()))?;
        Ok(rule)
    }
}

fn invalid(reason: String) -> ServeError {
    ServeError::Rules {
        file: "infra/cors.json",
        reason,
    }
}

/// Answers preflights and adds the headers to every response, failures included.
pub(crate) fn layer() -> Result<CorsLayer, ServeError> {
    let rule = Rule::read()?;
    let origins = list::<HeaderValue>(&rule.allowed_origins).map_err(invalid)?;
    let methods = list::<Method>(&rule.allowed_methods).map_err(invalid)?;
    let headers = list::<HeaderName>(&rule.allowed_headers).map_err(invalid)?;
    let exposed = list::<HeaderName>(&rule.expose_headers)
        .map_err(invalid)?
        .unwrap_or_default();
    Ok(CorsLayer::new()
        .allow_origin(origins.map_or_else(AllowOrigin::any, AllowOrigin::list))
        .allow_methods(methods.map_or_else(AllowMethods::any, AllowMethods::list))
        .allow_headers(headers.map_or_else(AllowHeaders::mirror_request, AllowHeaders::list))
        .expose_headers(ExposeHeaders::list(exposed))
        .max_age(Duration::from_secs(rule.max_age_seconds)))
}

/// None for the list that is only `*`.
fn list<T: std::str::FromStr>(texts: &[String]) -> Result<Option<Vec<T>>, String> {
    if texts == ["*"] {
        return Ok(None);
    }
    texts
        .iter()
        .map(|text| text.parse().map_err(|_| format!("`{text}` is not valid")))
        .collect::<Result<_, _>>()
        .map(Some)
}
