//! What keeps a server from starting, and what it says then.

use super::fixture::{BUCKET_TARGET, Running, Workspace, serve_buckets};
use ingest::serve::{ServeArgs, ServeError, Server};

async fn complaint(args: &ServeArgs) -> String {
    match Running::start(args).await {
        Ok(_) => panic!("the server started"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn a_site_that_was_not_built_is_named_with_the_command_that_builds_it() {
    let workspace = Workspace::with_gold(&[]);
    let args = ServeArgs {
        site: workspace.path("dist"),
        ..workspace.args()
    };
    let complaint = complaint(&args).await;
    assert!(
        complaint.contains("dist") && complaint.contains("cargo xtask site"),
        "{complaint}"
    );
}

#[tokio::test]
async fn gold_that_was_not_published_is_named_with_the_command_that_publishes_it() {
    let workspace = Workspace::with_target("gold = \"gold\"");
    let args = workspace.args();
    let complaint = complaint(&args).await;
    let command = format!("ingest run --project {}", workspace.folder.path().display());
    assert!(complaint.contains(&command), "{complaint}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_said_to_be() {
    let workspace = Workspace::with_gold(&[]);
    let first = Server::bind(&workspace.args(), None).await.unwrap();
    let args = ServeArgs {
        port: first.site_address().port(),
        ..workspace.args()
    };
    let error = Running::start(&args).await.err().unwrap();
    assert!(
        matches!(error, ServeError::PortInUse { option: "--port", .. }),
        "{error}"
    );
    assert!(error.to_string().contains(&args.port.to_string()), "{error}");
}

#[tokio::test]
async fn a_folder_of_buckets_has_one_server() {
    let workspace = Workspace::with_target(BUCKET_TARGET);
    let _first = serve_buckets(&workspace).await;
    let args = ServeArgs {
        s3_root: Some(workspace.path("buckets")),
        ..workspace.args()
    };
    let complaint = complaint(&args).await;
    assert!(complaint.contains("another `ingest serve`"), "{complaint}");
}

#[tokio::test]
async fn a_store_that_others_write_needs_known_keys() {
    let workspace = Workspace::with_target(BUCKET_TARGET);
    let args = ServeArgs {
        s3_root: Some(workspace.path("buckets")),
        ..workspace.args()
    };
    let error = Server::bind(&args, None).await.err().unwrap();
    assert!(matches!(error, ServeError::NoCredentials), "{error}");
}

#[tokio::test]
async fn buckets_are_not_kept_for_a_folder_target() {
    let workspace = Workspace::with_gold(&[]);
    let args = ServeArgs {
        s3_root: Some(workspace.path("buckets")),
        ..workspace.args()
    };
    assert!(complaint(&args).await.contains("--s3-root"));
}

#[tokio::test]
async fn a_policy_that_is_none_is_refused() {
    let workspace = Workspace::with_gold(&[]);
    let args = ServeArgs {
        connect_src: Some("https:;script-src *".to_owned()),
        ..workspace.args()
    };
    assert!(complaint(&args).await.contains("--connect-src"));
}

#[tokio::test]
async fn listens_on_loopback_only_unless_told() {
    let workspace = Workspace::with_gold(&[]);
    let server = Server::bind(&workspace.args(), None).await.unwrap();
    assert!(server.site_address().ip().is_loopback());
    assert!(server.store_address().unwrap().ip().is_loopback());
}
