//! Why a server does not start.

use std::path::PathBuf;

use super::signer::SignError;
use crate::project::ProjectError;
use crate::target::TargetError;

/// A server that does not start or that stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The project cannot be read.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// The target cannot be read.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// URLs cannot be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// Nothing was published yet.
    #[error("target {target} ({address}) has no catalog.json yet: run `{command}` first")]
    NoGold {
        /// The target's name.
        target: String,
        /// Its address as configured.
        address: String,
        /// What publishes.
        command: String,
    },
    /// The site was not built.
    #[error("{} has no index.html: build the site with `cargo xtask site`, or name its folder with --site DIR", .folder.display())]
    NoSite {
        /// The folder looked at.
        folder: PathBuf,
    },
    /// Another program listens there.
    #[error(
        "port {port} on {host} is in use: stop the program that has it, or pass {option} with another port (0 picks a free one)"
    )]
    PortInUse {
        /// The address.
        host: String,
        /// The port.
        port: u16,
        /// `--port` or `--s3-port`.
        option: &'static str,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {host}:{port}: {reason}. Check --host")]
    Listen {
        /// The address.
        host: String,
        /// The port.
        port: u16,
        /// What the system said.
        reason: String,
    },
    /// A store for buckets makes sense only for a target that is a bucket.
    #[error(
        "--s3-root is for targets such as s3://bucket/prefix, target {target} is the folder {address}: leave --s3-root out, or choose another --target"
    )]
    StoreForFolder {
        /// The target's name.
        target: String,
        /// Its address as configured.
        address: String,
    },
    /// A store that others write needs keys that others know.
    #[error(
        "--s3-root needs the keys that its clients will use: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, for this command and for `ingest run`, to any pair that you choose"
    )]
    NoCredentials,
    /// The store's folder cannot be used.
    #[error("cannot keep buckets in {}: {reason}", .folder.display())]
    StoreFolder {
        /// The folder.
        folder: PathBuf,
        /// What went wrong and what to do.
        reason: String,
    },
    /// The system has no randomness to make keys of.
    #[error("cannot make a key pair: {0}. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")]
    Entropy(String),
    /// `--connect-src` has something that is no source expression.
    #[error(
        "--connect-src: `{source_expression}` is no source of a content security policy; write for example \"https: http://localhost:*\""
    )]
    ConnectSource {
        /// The word that is wrong.
        source_expression: String,
    },
    /// A rules file that was compiled in is not valid.
    #[error("{file} is not valid: {reason}")]
    Rules {
        /// Its path in the repository.
        file: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// A listener failed.
    #[error("the server stopped: {0}")]
    Stopped(String),
}
