//! A target that is a bucket: credentials, clock, access, CORS, catalog.

use std::time::{Duration, SystemTime};

use axum::http::Method;
use object_store::signer::Signer;

use super::finding::Findings;
use super::folder::look_at_catalog;
use super::probe::Probe;
use super::{clock, cors};
use crate::project::Project;
use crate::target::{Location, Target};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long the URLs work that probe as the page does.
const TTL: Duration = Duration::from_secs(300);

/// Looks at all of it, as far as one thing does not stand in the way of the next.
pub(super) async fn look(project: &Project, origin: &str, is_read_only: bool, findings: &mut Findings) {
    if !look_at_credentials(project, findings).await {
        return;
    }
    let target = match Target::open(project).await {
        Ok(target) => target,
        Err(error) => return findings.failed("target", &error),
    };
    let Location::S3 { bucket, store, .. } = &target.location else {
        return;
    };
    let client = match reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .build()
    {
        Ok(client) => client,
        Err(error) => return findings.failed("target", &error),
    };
    let probe = match Probe::new(&target, store, bucket) {
        Ok(probe) => probe,
        Err(error) => return findings.failed("target", &error),
    };
    let signed = |path| async move {
        let url = store.signed_url(Method::GET, path, TTL).await;
        url.map_err(|error| crate::target::said_by_s3(&error))
    };
    match signed(probe.object()).await {
        Ok(url) => {
            if !clock::look(&client, url, findings).await {
                return;
            }
        }
        Err(error) => findings.failed("target", &error),
    }
    if !probe.list(findings).await {
        return;
    }
    let is_written = !is_read_only && probe.put(findings).await;
    let readable = if is_written {
        probe.get(findings).await
    } else {
        probe.get_catalog(findings).await
    };
    if let Some(path) = readable {
        match signed(&path).await {
            Ok(url) => cors::look(&client, url, origin, bucket, findings).await,
            Err(error) => findings.failed("CORS", &error),
        }
    }
    if is_written {
        probe.multipart(findings).await;
    }
    if !is_read_only {
        probe.remove(is_written, findings).await;
    }
    look_at_catalog(&target, findings).await;
}

/// Whether there are some, or none are needed.
async fn look_at_credentials(project: &Project, findings: &mut Findings) -> bool {
    const CHECK: &str = "credentials";
    let skip = project.environment().value("AWS_SKIP_SIGNATURE");
    if skip.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        findings.warning(
            CHECK,
            "requests are not signed, as AWS_SKIP_SIGNATURE says",
            "unset it, unless the bucket is open to all",
        );
        return true;
    }
    match project.credentials().found().await {
        Ok((from, None)) => findings.ok(CHECK, format!("{from}; no end is told")),
        Ok((from, Some(ends))) => {
            let left = ends.duration_since(SystemTime::now()).unwrap_or_default();
            let left = humantime::format_duration(Duration::from_secs(left.as_secs()));
            findings.ok(
                CHECK,
                format!("{from}; they end in {left}, and are renewed before"),
            );
        }
        Err(error) => {
            findings.failed(CHECK, &error);
            return false;
        }
    }
    true
}
