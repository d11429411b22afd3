//! The site's files and their headers.

use super::fixture::{Running, Workspace, get_raw, header};
use catalog::access::{LakeAccess, SiteConfig};
use ingest::serve::ServeArgs;

const HASHED: &str = "app-0123456789abcdef_bg.wasm";

fn workspace() -> Workspace {
    let workspace = Workspace::with_gold(&[]);
    workspace.write(&format!("site/{HASHED}"), b"\0asm uncompressed");
    workspace.write(&format!("site/{HASHED}.br"), b"brotli bytes");
    workspace.write("site/worker.js", b"export {}");
    workspace.write("secret.txt", b"private");
    workspace
}

#[tokio::test]
async fn every_response_has_the_security_headers() {
    let workspace = workspace();
    let running = workspace.serve().await;
    for path in ["/", "/worker.js", "/goldpan.json", "/missing.js", "/sign"] {
        let response = running.get(&format!("{}{path}", running.site), &[]).await;
        let policy = header(&response, "content-security-policy").to_owned();
        let directive = |name: &str| {
            let found = policy
                .split("; ")
                .find(|part| part.starts_with(&format!("{name} ")));
            found
                .unwrap_or_else(|| panic!("{path}: no {name} in {policy}"))
                .to_owned()
        };
        assert_eq!(directive("script-src"), "script-src 'self' 'wasm-unsafe-eval'");
        assert_eq!(directive("default-src"), "default-src 'self'");
        assert_eq!(directive("worker-src"), "worker-src 'self'");
        for closed in ["object-src", "base-uri", "frame-ancestors", "form-action"] {
            assert_eq!(directive(closed), format!("{closed} 'none'"));
        }
        let connect = directive("connect-src");
        for source in [
            "'self'",
            running.store.as_str(),
            "https:",
            "http://127.0.0.1:*",
            "http://localhost:*",
        ] {
            assert!(
                connect.split(' ').any(|part| part == source),
                "{source} in {connect}"
            );
        }
        assert_eq!(header(&response, "x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header(&response, "referrer-policy"), "no-referrer", "{path}");
        assert_eq!(
            header(&response, "cross-origin-opener-policy"),
            "same-origin",
            "{path}"
        );
        assert_eq!(header(&response, "cross-origin-embedder-policy"), "", "{path}");
        assert!(!header(&response, "permissions-policy").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn connect_src_can_be_closed_to_all_but_the_lake() {
    let workspace = workspace();
    let args = ServeArgs {
        connect_src: Some(String::new()),
        ..workspace.args()
    };
    let running = Running::start(&args).await.unwrap();
    let response = running.get(&running.site, &[]).await;
    let policy = header(&response, "content-security-policy");
    assert!(
        policy.contains(&format!("connect-src 'self' {};", running.store)),
        "{policy}"
    );
}

#[tokio::test]
async fn files_have_the_types_that_browsers_insist_on() {
    let workspace = workspace();
    let running = workspace.serve().await;
    for (path, expected) in [
        ("/", "text/html"),
        ("/worker.js", "text/javascript"),
        ("/app-0123456789abcdef_bg.wasm", "application/wasm"),
        ("/goldpan.json", "application/json"),
    ] {
        let response = running.get(&format!("{}{path}", running.site), &[]).await;
        assert_eq!(response.status(), 200, "{path}");
        assert!(header(&response, "content-type").starts_with(expected), "{path}");
    }
}

#[tokio::test]
async fn the_page_is_told_to_ask_the_signing_endpoint() {
    let workspace = workspace();
    workspace.write("site/goldpan.json", br#"{"lake": null}"#);
    let running = workspace.serve().await;
    let response = running.get(&format!("{}/goldpan.json", running.site), &[]).await;
    let config: SiteConfig = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    assert_eq!(
        config.lake,
        Some(LakeAccess::SigningEndpoint {
            url: "sign".to_owned()
        })
    );
}

#[tokio::test]
async fn brotli_is_sent_to_those_who_take_it() {
    let workspace = workspace();
    let running = workspace.serve().await;
    let url = format!("{}/{HASHED}", running.site);
    let compressed = running.get(&url, &[("Accept-Encoding", "gzip, br")]).await;
    assert_eq!(header(&compressed, "content-encoding"), "br");
    assert_eq!(header(&compressed, "content-type"), "application/wasm");
    assert_eq!(header(&compressed, "vary"), "accept-encoding");
    assert_eq!(compressed.bytes().await.unwrap(), "brotli bytes");
    let plain = running.get(&url, &[("Accept-Encoding", "gzip")]).await;
    assert_eq!(header(&plain, "content-encoding"), "");
    assert_eq!(plain.bytes().await.unwrap(), "\0asm uncompressed");
    let without = running
        .get(
            &format!("{}/worker.js", running.site),
            &[("Accept-Encoding", "br")],
        )
        .await;
    assert_eq!(header(&without, "content-encoding"), "");
}

#[tokio::test]
async fn named_by_content_is_cached_for_good_and_the_rest_revalidated() {
    let workspace = workspace();
    let running = workspace.serve().await;
    let hashed = running.get(&format!("{}/{HASHED}", running.site), &[]).await;
    assert_eq!(
        header(&hashed, "cache-control"),
        "public, max-age=31536000, immutable"
    );
    let missing = running
        .get(&format!("{}/gone-0123456789abcdef.js", running.site), &[])
        .await;
    assert_eq!(missing.status(), 404);
    assert_eq!(header(&missing, "cache-control"), "no-cache");
    let page = running.get(&running.site, &[]).await;
    assert_eq!(header(&page, "cache-control"), "no-cache");
    let etag = header(&page, "etag").to_owned();
    let again = running.get(&running.site, &[("If-None-Match", &etag)]).await;
    assert_eq!(again.status(), 304);
}

#[tokio::test]
async fn no_path_leads_out_of_the_site() {
    let workspace = workspace();
    let running = workspace.serve().await;
    for path in [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/a/../../secret.txt",
        "/..\\secret.txt",
        "//etc/passwd",
    ] {
        let answer = get_raw(&running.site, path).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{path}: {answer}");
        assert!(
            !answer.contains("private") && !answer.contains("root:"),
            "{path}: {answer}"
        );
    }
    assert_eq!(
        running
            .get(&format!("{}/some/page", running.site), &[])
            .await
            .status(),
        404
    );
}
