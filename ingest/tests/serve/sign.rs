//! `POST /sign`: what it signs, and for whom.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::fixture::{Running, Workspace, header};
use catalog::access::SignedUrls;
use ingest::serve::{MAX_KEYS, ServeArgs};
use serde_json::{Value, json};

const ONE: &str = r#"{"keys": ["catalog.json"]}"#;

#[tokio::test]
async fn keys_are_signed_in_one_request_and_the_answer_is_not_stored() {
    let workspace = Workspace::with_gold(&[]);
    let running = workspace.serve().await;
    let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let keys: Vec<String> = (0..MAX_KEYS).map(|at| format!("tables/t/{at}.parquet")).collect();
    let response = running.post_sign(&json!({ "keys": keys }).to_string(), &[]).await;
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "cache-control"), "no-store");
    let signed: SignedUrls = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    assert_eq!(signed.urls.len(), MAX_KEYS);
    let life = Duration::from_millis(signed.expires_at_ms) - before;
    assert!(
        life > Duration::from_secs(898) && life < Duration::from_secs(960),
        "{life:?}"
    );
}

#[tokio::test]
async fn keys_outside_the_gold_root_are_refused_with_a_reason() {
    let workspace = Workspace::with_gold(&[]);
    let running = workspace.serve().await;
    for key in [
        "",
        "/catalog.json",
        "../ingest.toml",
        "tables/../../ingest.toml",
        "a//b",
        "a\\b",
        ".lock",
        "catalog.json.lock",
    ] {
        let body = json!({ "keys": ["catalog.json", key] }).to_string();
        let response = running.post_sign(&body, &[]).await;
        assert_eq!(response.status(), 400, "{key:?}");
        let refusal: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        assert!(refusal["message"].as_str().unwrap().contains("key"), "{refusal}");
        assert!(
            refusal["hint"].as_str().unwrap().contains("gold root"),
            "{refusal}"
        );
    }
}

#[tokio::test]
async fn requests_that_are_too_large_or_no_json_are_refused_with_a_reason() {
    let workspace = Workspace::with_gold(&[]);
    let running = workspace.serve().await;
    let keys: Vec<String> = (0..=MAX_KEYS).map(|at| format!("{at}.parquet")).collect();
    for (body, status) in [
        (json!({ "keys": keys }).to_string(), 400),
        ("{".to_owned(), 400),
        ("[]".to_owned(), 422),
    ] {
        let response = running.post_sign(&body, &[]).await;
        assert_eq!(response.status(), status, "{body:.20}");
        assert_eq!(header(&response, "cache-control"), "no-store");
        let refusal: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        assert!(!refusal["hint"].as_str().unwrap().is_empty());
    }
    let form = running
        .http
        .post(format!("{}/sign", running.site))
        .header("Content-Type", "text/plain");
    assert_eq!(form.body(ONE).send().await.unwrap().status(), 415);
}

#[tokio::test]
async fn only_pages_of_this_origin_and_other_programs_are_answered() {
    let workspace = Workspace::with_gold(&[]);
    let running = workspace.serve().await;
    let own = running.site.clone();
    for (headers, status) in [
        (vec![], 200),
        (
            vec![("Origin", own.as_str()), ("Sec-Fetch-Site", "same-origin")],
            200,
        ),
        (vec![("Origin", own.as_str())], 200),
        (
            vec![
                ("Origin", "https://attacker.example"),
                ("Sec-Fetch-Site", "cross-site"),
            ],
            403,
        ),
        (
            vec![("Origin", "http://127.0.0.1:1"), ("Sec-Fetch-Site", "same-site")],
            403,
        ),
        (vec![("Origin", "https://attacker.example")], 403),
        (vec![("Origin", "null")], 403),
    ] {
        let response = running.post_sign(ONE, &headers).await;
        assert_eq!(response.status(), status, "{headers:?}");
        assert_eq!(
            header(&response, "access-control-allow-origin"),
            "",
            "{headers:?}"
        );
        let body = response.text().await.unwrap();
        assert_eq!(body.contains("X-Amz-Signature"), status == 200, "{headers:?}");
    }
}

#[tokio::test]
async fn a_name_that_was_pointed_at_this_machine_is_not_answered() {
    let workspace = Workspace::with_gold(&[]);
    let args = ServeArgs {
        allowed_hosts: vec!["lake.example".to_owned()],
        ..workspace.args()
    };
    let running = Running::start(&args).await.unwrap();
    for (host, status) in [
        ("attacker.example", 403),
        ("lake.example", 200),
        ("localhost:8080", 200),
    ] {
        let origin = format!("http://{host}");
        let headers = [
            ("Host", host),
            ("Origin", origin.as_str()),
            ("Sec-Fetch-Site", "same-origin"),
        ];
        let response = running.post_sign(ONE, &headers).await;
        assert_eq!(response.status(), status, "{host}");
        if status == 403 {
            assert!(response.text().await.unwrap().contains("--allowed-host"));
        }
    }
}
