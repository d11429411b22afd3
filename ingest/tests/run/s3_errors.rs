use std::io::{Read, Write};
use std::net::TcpListener;

use crate::fixture::{Project, stderr};

/// A bucket that denies everything, as S3 words it. Returns its endpoint.
fn denying_bucket() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("port");
    let endpoint = format!("http://{}", listener.local_addr().expect("address"));
    std::thread::spawn(move || {
        let body = "<?xml version=\"1.0\"?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>Check your key.</Message></Error>";
        for stream in listener.incoming() {
            let mut stream = stream.expect("connection");
            let mut request = [0; 4096];
            assert_ne!(stream.read(&mut request).expect("request"), 0);
            write!(
                stream,
                "HTTP/1.1 403 Forbidden\r\nContent-Type: application/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            )
            .expect("answer");
        }
    });
    endpoint
}

fn told(project: &Project, arguments: &[&str]) -> String {
    let assert = project
        .ingest(arguments)
        .env("AWS_ACCESS_KEY_ID", "key")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_REGION", "us-east-1")
        .assert()
        .code(1);
    stderr(&assert)
}

#[test]
fn a_bucket_that_denies_is_told_once_with_what_to_check() {
    let endpoint = denying_bucket();
    let project = Project::new(&format!(
        "[targets.bucket]\ngold = 's3://lake/gold'\nendpoint = '{endpoint}'\n"
    ));
    for verb in [
        &["show", "--target", "bucket"][..],
        &["query", "--target", "bucket", "--sql", "SELECT 1"],
    ] {
        assert_eq!(
            told(&project, verb),
            format!(
                "error: cannot read catalog.json at target bucket (s3://lake/gold): 403 Forbidden, SignatureDoesNotMatch, \
                 Check your key. (GET {endpoint}/lake/gold/catalog.json); check AWS_ENDPOINT_URL, AWS_REGION, \
                 AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or endpoint and region in ingest.toml\n"
            )
        );
    }
}

#[test]
fn a_source_in_a_bucket_that_denies_is_told_alike() {
    let endpoint = denying_bucket();
    let project = Project::new(&format!(
        "[sources.raw]\npath = 's3://lake/raw/*.csv'\nendpoint = '{endpoint}'\n[sources.one]\npath = 's3://lake/one.csv'\nendpoint = '{endpoint}'\n"
    ));
    project.write("models/gold/t.sql", "SELECT * FROM source.raw");
    project.write("models/gold/u.sql", "SELECT * FROM source.one");
    let told = told(&project, &["run", "--target", "local"]);
    for start in [
        "cannot list s3://lake/raw/: 403 Forbidden",
        "s3://lake/one.csv: 403 Forbidden",
    ] {
        assert!(told.contains(start), "{start} in {told}");
    }
    assert_eq!(told.matches("SignatureDoesNotMatch").count(), 2, "{told}");
    assert_eq!(told.matches("check AWS_ENDPOINT_URL").count(), 2, "{told}");
}

#[test]
fn a_file_that_cannot_be_read_is_told_once() {
    let project = Project::new("");
    std::fs::remove_file(project.root().join("ingest.toml")).expect("removed");
    project.write("ingest.toml/x", "");
    let message = told(&project, &["show"]);
    assert_eq!(message.matches("os error").count(), 1, "{message}");
    let project = Project::new("");
    project.write("gold/catalog.json", "{");
    let message = told(&project, &["show"]);
    assert_eq!(message.matches("line 1").count(), 1, "{message}");
}
