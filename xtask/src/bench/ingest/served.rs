//! A bucket on this machine: `ingest serve` as its S3-compatible server.
//!
//! Invariant: the server ends with the value.
//!
//! Entry point: [`Bucket::serve`].

use anyhow::{Context, Result};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};

use super::project::{Bench, Project};

const ENDPOINT: &str = "S3 endpoint ";

/// The bucket of the project's target `bucket`.
pub struct Bucket {
    server: Child,
    /// Kept open: the server may print.
    out: BufReader<ChildStdout>,
    endpoint: String,
}

impl Bucket {
    /// Starts the server, with an empty bucket in the project's folder.
    pub fn serve(bench: &Bench, project: &Project) -> Result<Self> {
        // A server wants a site; nobody looks at this one.
        project.write("site/index.html", "<!doctype html><title>bench</title>")?;
        let log = project.path("serve.log");
        let mut command = bench.ingest(&["serve", "--port", "0", "--s3-port", "0"]);
        command
            .args(project.arguments("bucket")?)
            .arg("--site")
            .arg(project.path("site"))
            .arg("--s3-root")
            .arg(project.path("buckets"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).with_context(|| format!("cannot write {}", log.display()))?);
        with_keys(&mut command);
        let mut server = command.spawn().context("cannot start ingest serve")?;
        let out = server
            .stdout
            .take()
            .context("ingest serve has no standard output")?;
        // It is ended from here on, whatever happens.
        let mut bucket = Self {
            server,
            out: BufReader::new(out),
            endpoint: String::new(),
        };
        let endpoint = bucket
            .out
            .by_ref()
            .lines()
            .map_while(Result::ok)
            .find_map(|line| endpoint(&line));
        bucket.endpoint = endpoint.with_context(|| {
            format!(
                "ingest serve told no address:\n{}",
                fs::read_to_string(&log).unwrap_or_default()
            )
        })?;
        Ok(bucket)
    }

    /// Lets a command publish to the bucket.
    pub fn reach(&self, command: &mut Command) {
        command.args(["--s3-endpoint", &self.endpoint]);
        with_keys(command);
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Keys of a bucket that only this machine reaches, for as long as it is measured.
fn with_keys(command: &mut Command) {
    command
        .env("AWS_ACCESS_KEY_ID", "bench")
        .env("AWS_SECRET_ACCESS_KEY", "bench-secret")
        .env("AWS_REGION", "us-east-1")
        .env_remove("AWS_SESSION_TOKEN");
}

/// The address in `S3 endpoint http://127.0.0.1:4000, bucket bench`.
fn endpoint(line: &str) -> Option<String> {
    let address = line.strip_prefix(ENDPOINT)?.split([',', ' ']).next()?;
    Some(address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::endpoint;

    #[test]
    fn the_address_is_read_from_what_serve_prints() {
        assert_eq!(
            endpoint("S3 endpoint http://127.0.0.1:4000, bucket bench").as_deref(),
            Some("http://127.0.0.1:4000")
        );
        assert_eq!(endpoint("listening on http://127.0.0.1:8080"), None);
    }
}
