//! The embedded store as the place of a bucket target: real clients write to it.

use std::sync::Arc;

use super::fixture::{
    BUCKET_TARGET, Workspace, client, credentials, entries, get_signed_raw, header, pattern, quoted_md5,
    serve_buckets,
};
use bytes::Bytes;
use futures::future::join_all;
use futures::{StreamExt, TryStreamExt};
use ingest::serve::Credentials;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, UpdateVersion};

const WRITERS: usize = 24;

fn created(content: String) -> (object_store::PutPayload, object_store::PutOptions) {
    (content.into(), PutMode::Create.into())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_that_create_an_object_at_once_one_does() {
    let workspace = Workspace::with_target(BUCKET_TARGET);
    let running = serve_buckets(&workspace).await;
    let store = Arc::new(running.client("lake"));
    for round in 0..5 {
        let path = Path::from(format!("gold/catalog-{round}.json"));
        let results = join_all((0..WRITERS).map(|writer| {
            let (store, path) = (store.clone(), path.clone());
            tokio::spawn(async move {
                let (payload, options) = created(format!("writer {writer}"));
                (writer, store.put_opts(&path, payload, options).await)
            })
        }))
        .await;
        let winners: Vec<usize> = results
            .into_iter()
            .map(Result::unwrap)
            .filter_map(|(writer, result)| match result {
                Ok(_) => Some(writer),
                Err(Error::AlreadyExists { .. }) => None,
                Err(error) => panic!("{error}"),
            })
            .collect();
        assert_eq!(winners.len(), 1, "round {round}");
        let content = store.get(&path).await.unwrap().bytes().await.unwrap();
        assert_eq!(content, format!("writer {}", winners[0]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_that_replace_the_same_version_one_does() {
    let workspace = Workspace::with_target(BUCKET_TARGET);
    let running = serve_buckets(&workspace).await;
    let store = Arc::new(running.client("lake"));
    let path = Path::from("gold/catalog.json");
    let mut seen = store.put(&path, "start".into()).await.unwrap().e_tag;
    for round in 0..5 {
        let results = join_all((0..WRITERS).map(|writer| {
            let (store, path, e_tag) = (store.clone(), path.clone(), seen.clone());
            tokio::spawn(async move {
                let content = format!("round {round} writer {writer:02}");
                let mode = PutMode::Update(UpdateVersion { e_tag, version: None });
                (
                    content.clone(),
                    store.put_opts(&path, content.into(), mode.into()).await,
                )
            })
        }))
        .await;
        let mut winners: Vec<(String, Option<String>)> = results
            .into_iter()
            .map(Result::unwrap)
            .filter_map(|(content, result)| match result {
                Ok(put) => Some((content, put.e_tag)),
                Err(Error::Precondition { .. }) => None,
                Err(error) => panic!("{error}"),
            })
            .collect();
        assert_eq!(winners.len(), 1, "round {round}");
        let (content, e_tag) = winners.remove(0);
        let got = store.get(&path).await.unwrap();
        assert_eq!(got.meta.e_tag, e_tag);
        assert_eq!(e_tag, Some(quoted_md5(content.as_bytes())));
        assert_eq!(got.bytes().await.unwrap(), content);
        seen = e_tag;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_never_sees_the_etag_of_one_version_with_the_bytes_of_another() {
    let workspace = Workspace::with_target(BUCKET_TARGET);
    let running = serve_buckets(&workspace).await;
    let store = Arc::new(running.client("lake"));
    let path = Path::from("gold/catalog.json");
    store.put(&path, "version 000".into()).await.unwrap();
    let writer = {
        let (store, path) = (store.clone(), path.clone());
        tokio::spawn(async move {
            for version in 1..100 {
                store
                    .put(&path, format!("version {version:03}").into())
                    .await
                    .unwrap();
            }
        })
    };
    while !writer.is_finished() {
        let got = store.get(&path).await.unwrap();
        let e_tag = got.meta.e_tag.clone();
        let bytes = got.bytes().await.unwrap();
        assert_eq!(e_tag, Some(quoted_md5(&bytes)));
    }
    writer.await.unwrap();
    assert_eq!(
        store.get(&path).await.unwrap().bytes().await.unwrap(),
        "version 099"
    );
}

#[tokio::test]
async fn what_a_client_uploads_a_page_reads_over_a_signed_url() {
    let workspace = Workspace::with_target(BUCKET_TARGET);
    let running = serve_buckets(&workspace).await;
    let store = running.client("lake");
    let content = pattern(300_000);
    let put = store
        .put(&Path::from("gold/tables/t/a.parquet"), content.clone().into())
        .await
        .unwrap();
    assert_eq!(put.e_tag, Some(quoted_md5(&content)));
    let response = running
        .get(
            &running.sign_one("tables/t/a.parquet").await,
            &[("Range", "bytes=-100")],
        )
        .await;
    assert_eq!(response.status(), 206);
    assert_eq!(Some(header(&response, "etag")), put.e_tag.as_deref());
    assert_eq!(response.bytes().await.unwrap(), content[299_900..]);
}

#[tokio::test]
async fn multipart_uploads_keep_the_etag_that_they_were_answered() {
    let workspace = Workspace::with_target(BUCKET_TARGET);
    let running = serve_buckets(&workspace).await;
    let store = running.client("lake");
    let path = Path::from("gold/tables/t/large.parquet");
    let parts: Vec<Bytes> = [5 << 20, 5 << 20, 1234]
        .map(|len| Bytes::from(pattern(len)))
        .into();
    let mut upload = store.put_multipart(&path).await.unwrap();
    for part in &parts {
        upload.put_part(part.clone().into()).await.unwrap();
    }
    let put = upload.complete().await.unwrap();
    let got = store.get(&path).await.unwrap();
    assert_eq!(got.meta.e_tag, put.e_tag);
    assert_eq!(got.bytes().await.unwrap(), parts.concat());
    let mut abandoned = store.put_multipart(&path).await.unwrap();
    abandoned.put_part("x".into()).await.unwrap();
    abandoned.abort().await.unwrap();
    let left = entries(&workspace.path("buckets"));
    assert!(left.iter().all(|name| !name.contains(".part-")), "{left:?}");
}

#[tokio::test]
async fn objects_are_listed_and_deleted() {
    let workspace = Workspace::with_target(BUCKET_TARGET);
    let running = serve_buckets(&workspace).await;
    let store = running.client("lake");
    let paths: Vec<Path> = ["gold/a.json", "gold/b.json", "gold/c d/é.json"]
        .map(Path::from)
        .into();
    for path in &paths {
        store.put(path, "x".into()).await.unwrap();
    }
    let list = || async {
        let found = store.list(None).try_collect::<Vec<_>>().await.unwrap();
        let mut found: Vec<Path> = found.into_iter().map(|meta| meta.location).collect();
        found.sort();
        found
    };
    assert_eq!(list().await, paths);
    store.delete(&paths[0]).await.unwrap();
    let rest: Vec<_> = paths[1..].iter().cloned().map(Ok).collect();
    store
        .delete_stream(futures::stream::iter(rest).boxed())
        .try_collect::<Vec<_>>()
        .await
        .unwrap();
    assert_eq!(list().await, Vec::<Path>::new());
}

#[tokio::test]
async fn without_the_keys_nothing_is_read_or_written() {
    let workspace = Workspace::with_target(BUCKET_TARGET);
    let running = serve_buckets(&workspace).await;
    let path = Path::from("gold/catalog.json");
    running.client("lake").put(&path, "{}".into()).await.unwrap();
    let stranger = Credentials {
        secret_access_key: "guess".to_owned(),
        ..credentials()
    };
    let stranger = client(&running.store, "lake", &stranger);
    stranger.get(&path).await.unwrap_err();
    stranger.put(&path, "x".into()).await.unwrap_err();
    let content = running
        .client("lake")
        .get(&path)
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert_eq!(content, "{}");
}

#[tokio::test]
async fn a_key_does_not_reach_what_the_store_keeps_for_itself() {
    let workspace = Workspace::with_target(BUCKET_TARGET);
    let running = serve_buckets(&workspace).await;
    let store = running.client("lake");
    store
        .put(&Path::from("gold/catalog.json"), "{}".into())
        .await
        .unwrap();
    let kept = entries(&workspace.path("buckets"));
    let sidecar = kept
        .iter()
        .find(|name| name.ends_with(".internal.json"))
        .expect("s3s-fs keeps ETags");
    let answer = get_signed_raw(&running.store, "/lake/gold/catalog.json").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    for path in [
        format!("/lake/../{sidecar}"),
        "/lake/../.lock".to_owned(),
        "/lake/gold/../../.lock".to_owned(),
    ] {
        let answer = get_signed_raw(&running.store, &path).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{path}: {answer}");
        assert!(answer.contains("leaves the gold root"), "{path}: {answer}");
    }
}
