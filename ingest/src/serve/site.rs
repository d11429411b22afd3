//! The built site and its two dynamic resources: `goldpan.json` and `sign`.
//!
//! Invariant: a file whose name holds its content's hash is cached for good, every other one is revalidated.
//!
//! Entry point: [`router`].

use std::path::Path;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use catalog::access::{LakeAccess, SITE_CONFIG, SiteConfig};
use tower_http::services::ServeDir;

/// Where the page POSTs its sign requests, relative to itself.
pub(super) const SIGN: &str = "sign";

const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

/// The site's files in `folder`, `sign` as it is given, and the security headers on everything.
pub(super) fn router(folder: &Path, sign: Router, security: HeaderMap) -> Router {
    let files = ServeDir::new(folder).precompressed_br().fallback(get(not_found));
    Router::new()
        .route(&format!("/{SITE_CONFIG}"), get(site_config))
        .merge(sign)
        .fallback_service(files)
        .layer(from_fn_with_state(Arc::new(security), with_headers))
}

async fn site_config() -> Json<SiteConfig> {
    Json(SiteConfig {
        lake: Some(LakeAccess::SigningEndpoint { url: SIGN.to_owned() }),
    })
}

async fn not_found() -> (StatusCode, &'static str) {
    (StatusCode::NOT_FOUND, "There is no such file on this site.\n")
}

async fn with_headers(State(security): State<Arc<HeaderMap>>, request: Request, next: Next) -> Response {
    let hashed = is_named_by_content(request.uri().path());
    let mut response = next.run(request).await;
    let found = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    let headers = response.headers_mut();
    for (name, value) in security.iter() {
        headers.insert(name, value.clone());
    }
    headers
        .entry(CACHE_CONTROL)
        .or_insert(if hashed && found { IMMUTABLE } else { REVALIDATE });
    response
}

/// Trunk names files `app-0123456789abcdef.js` and `app-0123456789abcdef_bg.wasm`; its hash is a 64-bit number
/// in hexadecimal without leading zeros.
fn is_named_by_content(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let Some((stem, "js" | "wasm" | "css")) = name.split_once('.') else {
        return false;
    };
    let stem = stem.strip_suffix("_bg").unwrap_or(stem);
    stem.rsplit_once('-').is_some_and(|(_, hash)| {
        (12..=16).contains(&hash.len()) && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_a_content_hash_are_cached_for_good() {
        for path in [
            "/app-0123456789abcdef.js",
            "/app-0123456789abcdef_bg.wasm",
            "/styles/tokens-123456789abcdef.css",
        ] {
            assert!(is_named_by_content(path), "{path}");
        }
        for path in [
            "/",
            "/index.html",
            "/goldpan.json",
            "/engine/engine.js",
            "/engine/engine_bg.wasm",
            "/app-0123456789abcdef.json",
            "/app-0123456789ABCDEF.js",
            "/app-0123456789abcdef/inline0.js",
        ] {
            assert!(!is_named_by_content(path), "{path}");
        }
    }
}
