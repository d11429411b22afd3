//! Presigned GETs against the embedded store, as a browser sends them.

use std::fs;
use std::time::Duration;

use super::fixture::{Running, Workspace, credentials, get_raw, get_signed_raw, header, pattern, quoted_md5};
use ingest::serve::{Credentials, ServeArgs, UrlSigner};

const KEY: &str = "tables/flights/year=2001/0123 é.parquet";
const LEN: usize = 700_001;

async fn object() -> (Workspace, Running, Vec<u8>) {
    let content = pattern(LEN);
    let workspace = Workspace::with_gold(&[(KEY, &content), ("empty.bin", b"")]);
    let running = workspace.serve().await;
    (workspace, running, content)
}

#[tokio::test]
async fn a_whole_object_has_its_md5_as_etag() {
    let (_workspace, running, content) = object().await;
    let response = running.get(&running.sign_one(KEY).await, &[]).await;
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "etag"), quoted_md5(&content));
    assert_eq!(header(&response, "accept-ranges"), "bytes");
    assert_eq!(header(&response, "content-length"), LEN.to_string());
    assert_eq!(response.bytes().await.unwrap(), content);
}

#[tokio::test]
async fn ranges_answer_206_with_exactly_their_bytes() {
    let (_workspace, running, content) = object().await;
    let url = running.sign_one(KEY).await;
    let last = LEN - 1;
    for (range, first, end) in [
        ("bytes=0-0".to_owned(), 0, 1),
        ("bytes=1-65536".to_owned(), 1, 65_537),
        (format!("bytes=300000-{last}"), 300_000, LEN),
        ("bytes=699000-".to_owned(), 699_000, LEN),
        ("bytes=699990-99999999".to_owned(), 699_990, LEN),
        ("bytes=-8".to_owned(), LEN - 8, LEN),
        ("bytes=-99999999".to_owned(), 0, LEN),
    ] {
        let response = running.get(&url, &[("Range", &range)]).await;
        assert_eq!(response.status(), 206, "{range}");
        let expected = format!("bytes {first}-{}/{LEN}", end - 1);
        assert_eq!(header(&response, "content-range"), expected, "{range}");
        assert_eq!(header(&response, "etag"), quoted_md5(&content), "{range}");
        assert_eq!(response.bytes().await.unwrap(), content[first..end], "{range}");
    }
}

#[tokio::test]
async fn a_range_outside_the_object_answers_416() {
    let (_workspace, running, _) = object().await;
    for (key, range) in [
        (KEY, format!("bytes={LEN}-")),
        (KEY, "bytes=-0".to_owned()),
        ("empty.bin", "bytes=-8".to_owned()),
    ] {
        let response = running
            .get(&running.sign_one(key).await, &[("Range", &range)])
            .await;
        assert_eq!(response.status(), 416, "{key} {range}");
    }
}

#[tokio::test]
async fn a_replaced_object_is_answered_with_its_new_etag() {
    let (workspace, running, _) = object().await;
    let url = running.sign_one("catalog.json").await;
    for content in ["{\"a\": 1}", "{\"a\": 2}", "{\"a\": 3}"] {
        // As `ingest run` does: a new file takes the place of the old one.
        workspace.write("gold/next.json", content.as_bytes());
        fs::rename(
            workspace.path("gold/next.json"),
            workspace.path("gold/catalog.json"),
        )
        .unwrap();
        let response = running.get(&url, &[]).await;
        assert_eq!(header(&response, "etag"), quoted_md5(content.as_bytes()));
        assert_eq!(response.text().await.unwrap(), content);
    }
}

#[tokio::test]
async fn a_changed_or_foreign_signature_answers_403() {
    let (_workspace, running, _) = object().await;
    let url = running.sign_one(KEY).await;
    let last = url.chars().last().unwrap();
    let tampered = format!("{}{}", &url[..url.len() - 1], if last == '0' { '1' } else { '0' });
    let other_object = url.replace("0123", "0124");
    let longer = url.replace("X-Amz-Expires=900", "X-Amz-Expires=90000");
    assert_ne!(longer, url);
    let unsigned = url.split('?').next().unwrap().to_owned();
    let foreign = Credentials {
        secret_access_key: "another".to_owned(),
        ..credentials()
    };
    let foreign = UrlSigner::of_endpoint(&running.store, &foreign, "gold", "").unwrap();
    let foreign = foreign
        .sign(&[KEY.to_owned()], Duration::from_secs(60))
        .await
        .unwrap();
    let unknown = Credentials {
        access_key_id: "AKIDOTHER".to_owned(),
        ..credentials()
    };
    let unknown = UrlSigner::of_endpoint(&running.store, &unknown, "gold", "").unwrap();
    let unknown = unknown
        .sign(&[KEY.to_owned()], Duration::from_secs(60))
        .await
        .unwrap();
    for url in [
        &tampered,
        &other_object,
        &longer,
        &unsigned,
        &foreign.urls[KEY],
        &unknown.urls[KEY],
    ] {
        assert_eq!(running.get(url, &[]).await.status(), 403);
    }
}

#[tokio::test]
async fn a_url_works_until_it_expires() {
    let workspace = Workspace::with_gold(&[]);
    let args = ServeArgs {
        ttl: Duration::from_secs(1),
        ..workspace.args()
    };
    let running = Running::start(&args).await.unwrap();
    let url = running.sign_one("catalog.json").await;
    assert_eq!(running.get(&url, &[]).await.status(), 200);
    tokio::time::sleep(Duration::from_millis(2100)).await;
    let response = running.get(&url, &[]).await;
    assert_eq!(response.status(), 403);
    assert!(response.text().await.unwrap().contains("expired"));
}

#[tokio::test]
async fn a_get_url_is_for_get_alone() {
    let (_workspace, running, content) = object().await;
    let url = running.sign_one(KEY).await;
    assert_eq!(running.http.head(&url).send().await.unwrap().status(), 403);
    assert_eq!(
        running.http.put(&url).body("x").send().await.unwrap().status(),
        403
    );
    assert_eq!(running.http.delete(&url).send().await.unwrap().status(), 403);
    assert_eq!(running.get(&url, &[]).await.bytes().await.unwrap(), content);
}

#[tokio::test]
async fn the_gold_of_a_folder_is_read_only_even_for_its_owner() {
    use object_store::ObjectStoreExt;
    let (workspace, running, _) = object().await;
    let client = running.client("gold");
    client.put(&"new.json".into(), "x".into()).await.unwrap_err();
    client.delete(&"catalog.json".into()).await.unwrap_err();
    assert!(workspace.path("gold/catalog.json").exists());
    assert!(!workspace.path("gold/new.json").exists());
}

#[tokio::test]
async fn what_is_not_an_object_is_not_answered() {
    let (workspace, running, _) = object().await;
    workspace.write("gold/catalog.json.lock", b"private");
    workspace.write("gold/.tmpAbC", b"private");
    workspace.write("gold/tables/a.parquet#1", b"private");
    workspace.write("secret.txt", b"private");
    let signer = running.client("gold");
    for key in ["catalog.json.lock", ".tmpAbC", "tables/a.parquet#1"] {
        let response = running.get(&signed(&signer, key).await, &[]).await;
        assert_eq!(response.status(), 403, "{key}");
        assert!(!response.text().await.unwrap().contains("private"), "{key}");
    }
    for key in ["tables", "tables/flights", "missing.json", "catalog.json/x"] {
        assert_eq!(
            running.get(&signed(&signer, key).await, &[]).await.status(),
            404,
            "{key}"
        );
    }
}

#[tokio::test]
async fn no_path_leads_out_of_the_gold_root() {
    let (workspace, running, _) = object().await;
    workspace.write("secret.txt", b"private");
    let url = running.sign_one("catalog.json").await;
    let query = url.split_once('?').unwrap().1;
    for path in [
        "/gold/../secret.txt",
        "/gold/%2e%2e/secret.txt",
        "/gold/..%2fsecret.txt",
        "/../secret.txt",
        "/gold//etc/passwd",
    ] {
        let answer = get_raw(&running.store, &format!("{path}?{query}")).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{path}: {answer}");
        assert!(
            !answer.contains("private") && !answer.contains("root:"),
            "{path}: {answer}"
        );
    }
    // Even whoever holds the keys cannot.
    for path in ["/gold/../secret.txt", "/gold/tables/../../secret.txt"] {
        let answer = get_signed_raw(&running.store, path).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{path}: {answer}");
        assert!(answer.contains("leaves the gold root"), "{path}: {answer}");
    }
}

async fn signed(signer: &object_store::aws::AmazonS3, key: &str) -> String {
    use object_store::signer::Signer;
    let path = object_store::path::Path::parse(key).unwrap();
    signer
        .signed_url(reqwest::Method::GET, &path, Duration::from_secs(60))
        .await
        .unwrap()
        .into()
}

#[tokio::test]
async fn cors_headers_are_on_success_on_failure_and_on_preflight() {
    let (_workspace, running, _) = object().await;
    let origin = ("Origin", "http://127.0.0.1:1234");
    let url = running.sign_one(KEY).await;
    let missing = running.sign_one("missing.json").await;
    let unsigned = url.split('?').next().unwrap();
    for (url, headers, status) in [
        (url.as_str(), vec![origin], 200),
        (url.as_str(), vec![origin, ("Range", "bytes=0-3")], 206),
        (url.as_str(), vec![origin, ("Range", "bytes=9999999-")], 416),
        (unsigned, vec![origin], 403),
        (missing.as_str(), vec![origin], 404),
    ] {
        let response = running.get(url, &headers).await;
        assert_eq!(response.status(), status);
        assert_eq!(header(&response, "access-control-allow-origin"), "*", "{status}");
        let exposed = header(&response, "access-control-expose-headers").to_ascii_lowercase();
        for name in ["content-range", "content-length", "etag", "accept-ranges"] {
            assert!(exposed.contains(name), "{status}: {exposed}");
        }
    }
    let preflight = running
        .http
        .request(reqwest::Method::OPTIONS, &url)
        .header("Origin", "http://127.0.0.1:1234")
        .header("Access-Control-Request-Method", "GET")
        .header("Access-Control-Request-Headers", "range,if-match")
        .send()
        .await
        .unwrap();
    assert_eq!(preflight.status(), 200);
    assert_eq!(header(&preflight, "access-control-allow-origin"), "*");
    assert_eq!(header(&preflight, "access-control-allow-methods"), "GET,HEAD");
    assert_eq!(
        header(&preflight, "access-control-allow-headers"),
        "range,if-match"
    );
    assert_eq!(header(&preflight, "access-control-max-age"), "3600");
}

#[tokio::test]
async fn a_condition_on_the_etag_is_honoured() {
    let (_workspace, running, content) = object().await;
    let url = running.sign_one(KEY).await;
    let etag = quoted_md5(&content);
    let stale = quoted_md5(b"stale");
    for (name, value, status) in [
        ("If-Match", &etag, 200),
        ("If-Match", &stale, 412),
        ("If-None-Match", &etag, 304),
        ("If-None-Match", &stale, 200),
    ] {
        let response = running.get(&url, &[(name, value)]).await;
        assert_eq!(response.status(), status, "{name} {value}");
    }
}
