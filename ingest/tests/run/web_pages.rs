//! Records of an API, page by page.

use axum::body::Body;
use axum::http::Response;

use crate::fixture::{Project, stderr, stdout};
use crate::web_server::{Asked, Server, answer, json};

fn project(server: &Server, keys: &str) -> Project {
    let project = Project::new(&format!(
        "[sources.items]\npath = '{}/items'\n{keys}\n",
        server.url
    ));
    project.write("models/gold/items.sql", "SELECT * FROM source.items");
    project
}

fn numbers(project: &Project) -> String {
    let sql = "SELECT string_agg(n::VARCHAR, ' ' ORDER BY n) AS all FROM items";
    let printed = stdout(&project.ingest(&["query", "--sql", sql]).assert().success());
    let line = printed
        .lines()
        .find(|line| line.starts_with('│') && line.contains(char::is_numeric));
    line.unwrap_or(&printed).trim_matches(['│', ' ']).to_owned()
}

fn numbered(asked: &Asked, parameter: &str) -> usize {
    asked
        .parameter(parameter)
        .map_or(0, |text| text.parse().expect("a number"))
}

#[test]
fn links_in_a_header_lead_on() {
    let server = Server::start(|asked: &Asked| match numbered(asked, "page") {
        0 => answer(
            200,
            &[(
                "link",
                "</items?page=2>; rel=\"next\", </items?page=2>; rel=\"last\"",
            )],
            "[{\"n\": 1}, {\"n\": 2}]",
        ),
        _ => answer(200, &[("link", "</items>; rel=\"first\"")], "[{\"n\": 3}]"),
    });
    let project = project(&server, "pagination = { kind = 'link_header' }");
    project.run().success();
    assert_eq!(numbers(&project), "1 2 3");
    assert_eq!(server.requests(), ["GET /items", "GET /items?page=2"]);
    let again = stdout(&project.run().success());
    assert!(again.contains("nothing"), "{again}");
}

#[test]
fn pages_and_offsets_are_counted_until_one_is_empty() {
    let rows = |asked: &Asked| match (numbered(asked, "p"), numbered(asked, "offset")) {
        (1, _) => json("{\"data\": {\"items\": [{\"n\": 1},\n{\"n\": 12345678901234567}]}}"),
        (0, 0) => json("{\"data\": {\"items\": [{\"n\": 5}, {\"n\": 6}]}}"),
        (2, _) | (0, 2) => json("{\"data\": {\"items\": [{\"n\": 7}]}}"),
        _ => json("{\"data\": {\"items\": []}}"),
    };
    let server = Server::start(rows);
    let by_page = project(
        &server,
        "records = 'data.items'\npagination = { kind = 'page', parameter = 'p' }",
    );
    by_page.run().success();
    assert_eq!(numbers(&by_page), "1 7 12345678901234567");
    assert_eq!(
        server.requests(),
        ["GET /items?p=1", "GET /items?p=2", "GET /items?p=3"]
    );
    let by_offset = project(
        &server,
        "records = '/data/items'\npagination = { kind = 'offset' }",
    );
    by_offset.run().success();
    assert_eq!(numbers(&by_offset), "5 6 7");
    assert_eq!(
        server.requests(),
        [
            "GET /items?offset=0",
            "GET /items?offset=2",
            "GET /items?offset=3"
        ]
    );
}

#[test]
fn a_cursor_is_a_parameter_or_an_address() {
    let server =
        Server::start(
            |asked: &Asked| match (asked.uri.path(), asked.parameter("after").as_deref()) {
                ("/items", None) => {
                    json("{\"rows\": [{\"n\": 1}], \"meta\": {\"next\": \"a b\", \"url\": \"/more\"}}")
                }
                ("/items", Some("a b")) => json("{\"rows\": [{\"n\": 2}], \"meta\": {\"next\": null}}"),
                _ => json("{\"rows\": [{\"n\": 3}]}"),
            },
        );
    let by_value = project(
        &server,
        "records = 'rows'\npagination = { kind = 'cursor', next = 'meta.next', parameter = 'after' }",
    );
    by_value.run().success();
    assert_eq!(numbers(&by_value), "1 2");
    let by_address = project(
        &server,
        "records = 'rows'\npagination = { kind = 'cursor', next = 'meta.url' }",
    );
    by_address.run().success();
    assert_eq!(numbers(&by_address), "1 3");
    let misspelt = project(
        &server,
        "records = 'rows'\npagination = { kind = 'cursor', next = 'meta.nxt' }",
    );
    let told = stderr(&misspelt.run().success());
    assert!(told.contains("there is no meta.nxt in its first page"), "{told}");
}

#[test]
fn a_page_that_fails_once_is_asked_for_again() {
    let server = Server::start(|asked: &Asked| match (asked.before, numbered(asked, "page")) {
        (1, _) => answer(500, &[], "sorry"),
        (_, 3) => json("[]"),
        (_, page) => json(&format!("[{{\"n\": {page}}}]")),
    });
    let project = project(&server, "pagination = { kind = 'page' }");
    project.run().success();
    assert_eq!(numbers(&project), "1 2");
    assert_eq!(server.requests().len(), 4);
}

/// What is said of an API that answers like this.
fn refused(
    keys: &str,
    respond: impl Fn(&Asked) -> Response<Body> + Send + Sync + 'static,
) -> (String, usize) {
    let server = Server::start(respond);
    let project = project(
        &server,
        &format!("headers = {{ Authorization = 'Bearer ${{TOKEN}}' }}\n{keys}"),
    );
    let failed = project
        .ingest(&["run", "--max-retries", "1"])
        .env("TOKEN", "very-hidden")
        .assert()
        .failure();
    let told = stdout(&failed) + &stderr(&failed);
    assert!(!told.contains("very-hidden"), "{told}");
    assert!(!project.gold("catalog.json").exists());
    (told, server.requests().len())
}

#[test]
fn what_is_wrong_with_a_page_is_said() {
    let page = "pagination = { kind = 'page' }";
    let (told, asked) = refused(page, |asked| match numbered(asked, "page") {
        1 => json("[{\"n\": 1}]"),
        _ => json("<oops> Bearer very-hidden"),
    });
    assert!(
        told.contains("page 2: the answer is no JSON") && told.contains("<oops>"),
        "{told}"
    );
    assert_eq!(asked, 2);
    let (told, _) = refused(page, |_| json("{\"rows\": []}"));
    assert!(
        told.contains("page 1: the answer is no array: say where"),
        "{told}"
    );
    let (told, _) = refused("records = 'data'", |_| json("{\"rows\": [1], \"more\": 2}"));
    assert!(
        told.contains("there is no data in the answer (it has more, rows)"),
        "{told}"
    );
    let (told, _) = refused(page, |_| json("[]"));
    assert!(told.contains("it gave no records"), "{told}");
    let (told, asked) = refused(page, |_| answer(401, &[], ""));
    assert!(told.contains("page 1: 401 Unauthorized: check headers"), "{told}");
    assert_eq!(asked, 1);
    let (told, asked) = refused(page, |_| answer(500, &[], ""));
    assert!(
        told.contains("page 1: 500 Internal Server Error") && told.contains("(asked 2 times)"),
        "{told}"
    );
    assert_eq!(asked, 2);
}

#[test]
fn pages_without_end_are_refused() {
    let (told, asked) = refused("pagination = { kind = 'page', max_pages = 5 }", |asked| {
        json(&format!("[{{\"n\": {}}}]", numbered(asked, "page")))
    });
    assert!(
        told.contains("there are more than 5 pages: raise max_pages"),
        "{told}"
    );
    assert_eq!(asked, 5);
    let (told, asked) = refused("pagination = { kind = 'page' }", |_| json("[{\"n\": 1}]"));
    assert!(
        told.contains("page 2: it is the same as the page before: does the API know the parameter page?"),
        "{told}"
    );
    assert_eq!(asked, 2);
    let (told, asked) = refused("pagination = { kind = 'link_header' }", |asked| {
        answer(
            200,
            &[("link", "</items?again=1>; rel=next")],
            &format!("[{{\"n\": {}}}]", asked.before),
        )
    });
    assert!(
        told.contains("page 2: it leads back to a page that was read"),
        "{told}"
    );
    assert_eq!(asked, 2);
}

#[test]
fn the_next_page_of_another_host_is_refused_where_there_are_headers() {
    let (told, asked) = refused("pagination = { kind = 'link_header' }", |_| {
        answer(
            200,
            &[("link", "<https://example.com/items?page=2>; rel=next")],
            "[{\"n\": 1}]",
        )
    });
    assert!(
        told.contains("the next page is at https://example.com, and headers of the source go to"),
        "{told}"
    );
    assert_eq!(asked, 1);
}

#[test]
fn no_records_are_a_table_where_its_columns_are_declared() {
    let server = Server::start(|_: &Asked| json("[]"));
    let project = project(
        &server,
        "records = ''\npagination = { kind = 'page' }\noptions = { columns = { n = 'BIGINT' } }",
    );
    project.run().success();
    assert_eq!(project.catalog().table("items").map(|table| table.rows), Some(0));
}
