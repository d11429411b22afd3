//! `ingest serve`: the laptop's stand-in for a bucket, a signing endpoint and a site.
//!
//! Purpose: the browser takes the same path here as in AWS: it asks `sign` for presigned URLs and reads ranges
//! of objects from a store of another origin that verifies SigV4.
//!
//! Invariant: no object is answered without a valid signature, and no signature is given for anything but an
//! object below the gold root.
//!
//! Entry points: [`run`], the verb; [`Server`], the listeners; [`UrlSigner`], which `ingest presign` uses too.

mod access;
mod credentials;
mod error;
mod heads;
mod hosts;
mod keys;
mod lake;
mod locks;
mod object;
mod reply;
mod security;
mod server;
mod sign;
mod signer;
mod site;
mod store;

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::cli::ProjectArgs;
use crate::project::ProjectError;
use crate::settings::Environment;
pub use credentials::Credentials;
pub use error::ServeError;
pub use keys::KeyError;
pub use server::Server;
pub use sign::MAX_KEYS;
pub use signer::{MAX_TTL, SignError, UrlSigner, parse_ttl};
pub use store::GOLD_BUCKET;

/// Serves the site and signs URLs for the gold of a target.
///
/// A folder target is served by an embedded S3-compatible store, read-only, as bucket `gold`. An s3:// target is
/// read from where it is; with --s3-root this command also is that store: an `ingest run` whose target has this
/// endpoint then publishes into DIR. Give --s3-port the port of that endpoint.
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    /// A folder or s3://bucket/prefix that has a catalog, as `ingest adopt` makes one, instead of a project and its target.
    #[arg(value_name = "FOLDER|PREFIX")]
    pub place: Option<String>,
    /// Project and target.
    #[command(flatten)]
    pub project: ProjectArgs,
    /// The folder of the built site.
    #[arg(long, value_name = "DIR", default_value = "dist")]
    pub site: PathBuf,
    /// The address to listen on; 127.0.0.1 is reached from this machine only.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub host: String,
    /// The site's port; 0 picks a free one.
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    pub port: u16,
    /// The embedded store's port; 0 picks a free one.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub s3_port: u16,
    /// Keep the bucket of an s3:// target in this folder and serve it here. Needs AWS_ACCESS_KEY_ID and
    /// AWS_SECRET_ACCESS_KEY, which clients sign with.
    #[arg(long, value_name = "DIR")]
    pub s3_root: Option<PathBuf>,
    /// Where browsers reach the embedded store, if not at the address and port it listens on: for example when
    /// --host is 0.0.0.0 and they are on other machines.
    #[arg(long, value_name = "URL")]
    pub s3_url: Option<String>,
    /// Another host name that this server is reached by, for example behind a proxy. May be repeated.
    #[arg(long = "allowed-host", value_name = "NAME")]
    pub allowed_hosts: Vec<String>,
    /// What the page may read besides the lake, as sources of a content security policy [default: any https:
    /// and this machine].
    #[arg(long, value_name = "SOURCES")]
    pub connect_src: Option<String>,
    /// How long a signed URL works.
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = parse_ttl)]
    pub ttl: Duration,
}

/// Serves until Ctrl-C or SIGTERM.
pub async fn run(args: &ServeArgs) -> Result<(), ServeError> {
    let environment = Environment::of_project(&args.project.project).map_err(ProjectError::from)?;
    let server = Server::bind(args, Credentials::from_environment(&environment)).await?;
    let mut out = std::io::stdout();
    // A launcher may have closed its end of the pipe after the first line: that stops nothing.
    let _ =
        writeln!(out, "listening on {}\n{}", server.site_url(), server.objects()).and_then(|()| out.flush());
    server.run(server::stop_signal()).await
}
