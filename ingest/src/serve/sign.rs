//! `POST /sign`: presigned URLs for the page.
//!
//! Invariant: only a page of this very origin, or a program that is no browser, is answered; the answer is
//! not stored by any cache.
//!
//! Entry point: [`router`].

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, HOST};
use axum::http::{HeaderName, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use catalog::access::{SignRequest, SignedUrls};
use tower_http::csrf::CsrfLayer;

use super::hosts::Hosts;
use super::reply::Refusal;
use super::signer::{SignError, UrlSigner};
use super::site::SIGN;

/// The most keys of one request.
pub const MAX_KEYS: usize = 1000;

#[derive(Debug, Clone)]
struct Signing {
    signer: UrlSigner,
    ttl: Duration,
}

/// The endpoint, with its guards around it.
pub(super) fn router(signer: UrlSigner, ttl: Duration, hosts: Hosts) -> Router {
    let cross_site = |_| {
        Refusal::new(
            StatusCode::FORBIDDEN,
            "This request comes from a page of another site.",
            "Only the page that this server serves may ask it for signed URLs.",
        )
        .into_response()
    };
    Router::new()
        .route(&format!("/{SIGN}"), post(sign))
        .layer(CsrfLayer::new().with_rejection_response(cross_site))
        .layer(from_fn_with_state(Arc::new(hosts), only_own_hosts))
        .with_state(Signing { signer, ttl })
}

async fn only_own_hosts(
    State(hosts): State<Arc<Hosts>>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    if hosts.accepts(host) {
        return Ok(next.run(request).await);
    }
    Err(Refusal::new(
        StatusCode::FORBIDDEN,
        format!(
            "This server does not answer to the name {}.",
            host.unwrap_or("(none)")
        ),
        "Open the page by its IP address or as localhost, or start `ingest serve` with --allowed-host NAME.",
    ))
}

async fn sign(
    State(signing): State<Signing>,
    request: Result<Json<SignRequest>, JsonRejection>,
) -> Result<([(HeaderName, &'static str); 1], Json<SignedUrls>), Refusal> {
    let Json(request) = request.map_err(|rejection| {
        Refusal::new(
            rejection.status(),
            rejection.body_text(),
            "POST JSON such as {\"keys\": [\"catalog.json\"]} with Content-Type: application/json.",
        )
    })?;
    if request.keys.len() > MAX_KEYS {
        return Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            format!("{} keys in one request.", request.keys.len()),
            format!("Ask for at most {MAX_KEYS} keys at once."),
        ));
    }
    let signed = signing
        .signer
        .sign(&request.keys, signing.ttl)
        .await
        .map_err(refuse)?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(signed)))
}

fn refuse(error: SignError) -> Refusal {
    match error {
        SignError::Key(error) => Refusal::new(
            StatusCode::BAD_REQUEST,
            error.to_string(),
            "Only objects below the gold root are signed.",
        ),
        SignError::Credentials { .. } | SignError::Endpoint { .. } => Refusal::new(
            StatusCode::BAD_GATEWAY,
            error.to_string(),
            "Give `ingest serve` credentials that may read the bucket, then reload.",
        ),
    }
}
