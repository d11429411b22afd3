//! The command itself: what it prints, what it does not, how it ends.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use super::fixture::{Workspace, header, quoted_md5};
use catalog::access::SignedUrls;

struct Serving {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
    site: String,
}

fn serve(workspace: &Workspace) -> Serving {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ingest"))
        .args(["serve", "--port", "0", "--project"])
        .arg(workspace.folder.path())
        .arg("--site")
        .arg(workspace.path("site"))
        .env("INGEST_LOG", "trace")
        .env("AWS_ACCESS_KEY_ID", "AKIDPROCESS")
        .env("AWS_SECRET_ACCESS_KEY", "process-secret")
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
    let mut serving = serve(&workspace);
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
    for secret in ["X-Amz-Signature", "process-secret"] {
        assert!(!log.contains(secret), "{log}");
    }
}
