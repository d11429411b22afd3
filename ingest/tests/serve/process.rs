//! The command itself: what it prints, what it does not, how it ends.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use object_store::ObjectStoreExt;
use object_store::path::Path;

use super::fixture::{BUCKET_TARGET, CATALOG, Workspace, credentials, header, quoted_md5, serve_buckets};
use catalog::access::SignedUrls;

struct Serving {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
    site: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already, as some tests want it to.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(workspace: &Workspace, endpoint: &str) -> Serving {
    let credentials = credentials();
    let mut child = Command::new(env!("CARGO_BIN_EXE_ingest"))
        .args(["serve", "--port", "0", "--project"])
        .arg(workspace.folder.path())
        .arg("--site")
        .arg(workspace.path("site"))
        .env("INGEST_LOG", "trace")
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", credentials.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    out.read_line(&mut first).unwrap();
    let site = first
        .strip_prefix("listening on ")
        .expect("the first line")
        .trim_end()
        .to_owned();
    Serving { child, out, site }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn serves_until_terminated_and_logs_no_secret() {
    let workspace = Workspace::with_gold(&[("tables/t/a.parquet", b"PAR1")]);
    let mut serving = serve(&workspace, "");
    let site = url::Url::parse(&serving.site).unwrap();
    assert_eq!((site.scheme(), site.host_str()), ("http", Some("127.0.0.1")));
    let mut second = String::new();
    serving.out.read_line(&mut second).unwrap();
    assert!(second.starts_with("S3 endpoint http://127.0.0.1:"), "{second}");

    let http = reqwest::Client::new();
    let signed = http
        .post(format!("{}/sign", serving.site))
        .header("Content-Type", "application/json")
        .body(r#"{"keys": ["tables/t/a.parquet", "tables/t/missing.parquet"]}"#)
        .send()
        .await
        .unwrap();
    let signed: SignedUrls = serde_json::from_slice(&signed.bytes().await.unwrap()).unwrap();
    let response = http.get(&signed.urls["tables/t/a.parquet"]).send().await.unwrap();
    assert_eq!(header(&response, "etag"), quoted_md5(b"PAR1"));
    let missing = http
        .get(&signed.urls["tables/t/missing.parquet"])
        .send()
        .await
        .unwrap();
    assert_eq!(missing.status(), 404);

    let pid = serving.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert!(serving.child.wait().unwrap().success());
    let mut log = String::new();
    serving
        .child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut log)
        .unwrap();
    serving.out.read_to_string(&mut log).unwrap();
    for secret in ["X-Amz-Signature", credentials().secret_access_key.as_str()] {
        assert!(!log.contains(secret), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_of_a_bucket_elsewhere_are_signed_for_and_read_there() {
    let buckets = Workspace::with_target(BUCKET_TARGET);
    let elsewhere = serve_buckets(&buckets).await;
    let store = elsewhere.client("lake");
    store
        .put(&Path::from("gold/catalog.json"), CATALOG.into())
        .await
        .unwrap();

    let workspace = Workspace::with_target("gold = \"s3://lake/gold\"");
    let serving = serve(&workspace, &elsewhere.store);
    let page = elsewhere.get(&serving.site, &[]).await;
    assert!(header(&page, "content-security-policy").contains(&elsewhere.store));
    let signed = elsewhere
        .http
        .post(format!("{}/sign", serving.site))
        .header("Content-Type", "application/json")
        .body(r#"{"keys": ["catalog.json"]}"#)
        .send()
        .await
        .unwrap();
    let signed: SignedUrls = serde_json::from_slice(&signed.bytes().await.unwrap()).unwrap();
    let url = &signed.urls["catalog.json"];
    assert!(
        url.starts_with(&format!("{}/lake/gold/catalog.json?", elsewhere.store)),
        "{url}"
    );
    assert_eq!(elsewhere.get(url, &[]).await.text().await.unwrap(), CATALOG);
}
