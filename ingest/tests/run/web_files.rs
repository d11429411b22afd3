//! Files at a URL.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use axum::http::Method;

use crate::fixture::{Project, stderr, stdout};
use crate::web_server::{Asked, Server, answer};

const CSV: &str = "Order ID,Amount\n1,10.5\n2,20\n";

fn project(source: &str) -> Project {
    let project = Project::new(&format!("[sources.orders]\n{source}\n"));
    project.write("models/gold/orders.sql", "SELECT * FROM source.orders");
    project
}

fn published_rows(project: &Project) -> Option<u64> {
    Some(project.catalog().table("orders")?.rows)
}

#[test]
fn a_file_with_a_version_is_fetched_when_that_changes() {
    let version = Arc::new(AtomicUsize::new(1));
    let now = version.clone();
    let server = Server::start(move |_: &Asked| {
        let version = now.load(Ordering::Relaxed);
        let rows: String = (0..version).map(|n| format!("{n},1\n")).collect();
        answer(
            200,
            &[("etag", &format!("\"v{version}\""))],
            &format!("Order ID,Amount\n{rows}"),
        )
    });
    let project = project(&format!("path = '{}/a/orders.csv?sig=hidden-key'", server.url));
    project.run().success();
    assert_eq!(published_rows(&project), Some(1));
    let asked = [
        "HEAD /a/orders.csv?sig=hidden-key",
        "GET /a/orders.csv?sig=hidden-key",
    ];
    assert_eq!(server.requests(), asked);
    let again = stdout(&project.run().success());
    assert!(again.contains("nothing"), "{again}");
    assert_eq!(server.requests(), asked[..1]);
    version.store(3, Ordering::Relaxed);
    let plan = stdout(&project.ingest(&["plan"]).assert().success());
    assert!(plan.contains("/a/orders.csv changed"), "{plan}");
    project.run().success();
    assert_eq!(published_rows(&project), Some(3));
    assert!(!project.published_text().contains("hidden-key"));
}

#[test]
fn a_file_without_a_version_is_known_by_its_content() {
    let server = Server::start(|_: &Asked| answer(200, &[], CSV));
    let project = project(&format!("path = '{}/orders'\nformat = 'csv'", server.url));
    project.run().success();
    assert_eq!(server.requests(), ["HEAD /orders", "GET /orders"]);
    assert_eq!(published_rows(&project), Some(2));
    let again = stdout(&project.run().success());
    assert!(again.contains("nothing"), "{again}");
}

#[test]
fn a_server_without_head_is_asked_by_get_and_gzip_is_read() {
    use std::io::{Read, Write};
    let mut packed = std::process::Command::new("gzip")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("gzip");
    let mut input = packed.stdin.take().expect("piped");
    input.write_all(CSV.as_bytes()).expect("written");
    drop(input);
    let mut bytes = Vec::new();
    packed
        .stdout
        .take()
        .expect("piped")
        .read_to_end(&mut bytes)
        .expect("read");
    packed.wait().expect("gzip ends");
    let server = Server::start(move |asked: &Asked| {
        let mut answer = answer(if asked.method == Method::HEAD { 405 } else { 200 }, &[], "");
        *answer.body_mut() = axum::body::Body::from(bytes.clone());
        answer
    });
    let project = project(&format!("path = '{}/orders.csv.gz'", server.url));
    project.run().success();
    assert_eq!(published_rows(&project), Some(2));
}

#[test]
fn what_a_server_refuses_is_said_without_the_secret() {
    let server = Server::start(|asked: &Asked| {
        let token = asked.headers.get("x-key").expect("sent").to_str().expect("text");
        answer(401, &[], &format!("{{\"error\": \"{token} has expired\"}}"))
    });
    let source = format!(
        "path = '{}/orders.csv'\nheaders = {{ X-Key = '${{SHOP_KEY}}' }}",
        server.url
    );
    let project = project(&source);
    let unset = project.run().failure();
    let told = stdout(&unset) + &stderr(&unset);
    assert!(
        told.contains("headers.X-Key of [sources.orders]") && told.contains("SHOP_KEY"),
        "{told}"
    );
    assert_eq!(server.requests(), [""; 0]);
    let refused = project
        .ingest(&["run"])
        .env("SHOP_KEY", "very-hidden")
        .assert()
        .failure();
    let told = stdout(&refused) + &stderr(&refused);
    assert!(
        told.contains("401 Unauthorized") && told.contains("*** has expired"),
        "{told}"
    );
    assert!(told.contains("check headers of the source"), "{told}");
    assert!(!told.contains("very-hidden"), "{told}");
    assert_eq!(server.requests().len(), 2, "it is not asked again");
}

#[test]
fn a_server_that_fails_is_asked_again() {
    let version = [("last-modified", "Wed, 21 Oct 2015 07:28:00 GMT")];
    let server = Server::start(move |asked: &Asked| match asked.before {
        1 => answer(500, &[], "sorry"),
        2 => answer(429, &[("retry-after", "0")], ""),
        _ => answer(200, &version, CSV),
    });
    let project = project(&format!("path = '{}/orders.csv'", server.url));
    project.run().success();
    assert_eq!(published_rows(&project), Some(2));
    let methods: Vec<String> = server
        .requests()
        .iter()
        .map(|asked| asked[..4].to_owned())
        .collect();
    assert_eq!(methods, ["HEAD", "GET ", "GET ", "GET "]);
}

#[test]
fn a_server_that_always_fails_is_asked_as_often_as_is_set() {
    let server = Server::start(|_: &Asked| answer(503, &[], "down"));
    let project = project(&format!("path = '{}/orders.csv'", server.url));
    let told = stderr(&project.ingest(&["run", "--max-retries", "1"]).assert().failure());
    assert!(told.contains("503 Service Unavailable, down"), "{told}");
    assert!(told.contains("(asked 2 times)"), "{told}");
    let waits = Server::start(|_: &Asked| answer(429, &[("retry-after", "86400")], ""));
    let project = self::project(&format!("path = '{}/orders.csv'", waits.url));
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("it asks to wait 1day, longer than retry_timeout"),
        "{told}"
    );
    assert_eq!(waits.requests().len(), 2);
}

#[test]
fn headers_stay_with_the_origin_when_redirected() {
    let is_told = Arc::new(AtomicBool::new(false));
    let told = is_told.clone();
    let other = Server::start(move |asked: &Asked| {
        told.fetch_or(asked.headers.contains_key("x-key"), Ordering::Relaxed);
        answer(200, &[("etag", "\"1\"")], CSV)
    });
    let target = format!("{}/elsewhere", other.url);
    let server = Server::start(move |asked: &Asked| {
        assert!(asked.headers.contains_key("x-key"));
        match asked.uri.path() {
            "/orders.csv" => answer(302, &[("location", "/moved")], ""),
            _ => answer(307, &[("location", &target)], ""),
        }
    });
    let project = project(&format!(
        "path = '{}/orders.csv'\nheaders = {{ X-Key = 'very-hidden' }}",
        server.url
    ));
    project.run().success();
    assert_eq!(published_rows(&project), Some(2));
    assert_eq!(other.requests(), ["HEAD /elsewhere", "GET /elsewhere"]);
    assert!(!is_told.load(Ordering::Relaxed));
    let circle = Server::start(|_: &Asked| answer(302, &[("location", "/again")], ""));
    let project = self::project(&format!("path = '{}/orders.csv'", circle.url));
    let told = stderr(&project.run().failure());
    assert!(told.contains("redirected 10 times"), "{told}");
}

#[test]
fn a_file_that_is_replaced_while_it_is_read_is_refused() {
    let server =
        Server::start(|asked: &Asked| answer(200, &[("etag", &format!("\"{}\"", asked.before))], CSV));
    let project = project(&format!("path = '{}/orders.csv'", server.url));
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("it was replaced while it was read: run again"),
        "{told}"
    );
}

#[test]
fn what_is_no_file_is_refused() {
    let page =
        Server::start(|_: &Asked| answer(200, &[("content-type", "text/html; charset=utf-8")], "<p>Log in"));
    let project = project(&format!("path = '{}/orders.csv'", page.url));
    let told = stderr(&project.run().failure());
    assert!(told.contains("a web page for people"), "{told}");
    let project = self::project("path = 'http://127.0.0.1:1/orders.csv'");
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("http://127.0.0.1:1/orders.csv: ")
            && told.contains("Connection refused")
            && told.contains("(asked 3 times)"),
        "{told}"
    );
    let project = self::project("path = 'https://a b/orders.csv'");
    let told = stderr(&project.run().failure());
    assert!(told.contains("check path in ingest.toml"), "{told}");
    let project = self::project("path = 'raw/orders.csv'\nheaders = { A = 'b' }");
    project.write("raw/orders.csv", CSV);
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("headers is for paths that begin with https://"),
        "{told}"
    );
}
