//! The CORS rules of the bucket, as `infra/cors.json` states them for AWS too.

use axum::http::{HeaderName, HeaderValue, Method};
use serde::Deserialize;
use std::time::Duration;
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer, ExposeHeaders};

use super::ServeError;

/// In the form that `aws s3api put-bucket-cors` takes.
const RULES: &str = include_str!("../../../infra/cors.json");

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Configuration {
    #[serde(rename = "CORSRules")]
    rules: [Rule; 1],
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Rule {
    allowed_origins: Vec<String>,
    allowed_methods: Vec<String>,
    allowed_headers: Vec<String>,
    expose_headers: Vec<String>,
    max_age_seconds: u64,
}

/// Answers preflights and adds the headers to every response, failures included.
pub(super) fn layer() -> Result<CorsLayer, ServeError> {
    let invalid = |reason: String| ServeError::Rules {
        file: "infra/cors.json",
        reason,
    };
    let Configuration { rules: [rule] } =
        serde_json::from_str(RULES).map_err(|error| invalid(error.to_string()))?;
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
