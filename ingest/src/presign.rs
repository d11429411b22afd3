//! `ingest presign`: one file with a signed URL for each object of the current snapshot.
//!
//! The bundle needs no server: it lies next to the site, or a person drops it on the page.
//!
//! Invariant: URLs go to the file or to stdout and nowhere else; the file is readable by its owner only.
//!
//! Entry point: [`run`].

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use catalog::access::SignedUrls;
use catalog::keys;
use clap::Args;

use crate::cli::ProjectArgs;
use crate::log;
use crate::project::ProjectError;
use crate::publish::{ReadError, read_catalog, read_manifest};
use crate::serve::{Credentials, GOLD_BUCKET, SignError, UrlSigner, parse_ttl};
use crate::target::{Location, Target, TargetError};

/// Writes a bundle of signed URLs for the current snapshot.
///
/// Whoever has the bundle can read the snapshot until it expires. URLs that were signed with a role's temporary
/// credentials stop working when those do.
#[derive(Debug, Clone, Args)]
pub struct PresignArgs {
    /// Project and target.
    #[command(flatten)]
    pub project: ProjectArgs,
    /// How long the URLs work, at most 7d.
    #[arg(long, value_name = "DURATION", default_value = "12h", value_parser = parse_ttl)]
    pub ttl: Duration,
    /// The bundle [default: stdout].
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// For a folder target: the S3 endpoint that a running `ingest serve` printed, with its AWS_ACCESS_KEY_ID and
    /// AWS_SECRET_ACCESS_KEY in the environment.
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
}

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum PresignError {
    /// The project cannot be read.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// The target cannot be opened.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// What was published cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// URLs cannot be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// Nothing was published yet.
    #[error("target {target} ({address}) has no catalog.json yet: run `ingest run` first")]
    NoGold {
        /// The target's name.
        target: String,
        /// Its address as configured.
        address: String,
    },
    /// A folder has no URLs of its own.
    #[error(
        "target {target} is the folder {address}, which has no URLs of its own: start `ingest serve` with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY set to any pair that you choose, then run `ingest presign --endpoint URL` with the same pair and the S3 endpoint that it printed; or choose a target such as s3://bucket/prefix"
    )]
    FolderNeedsEndpoint {
        /// The target's name.
        target: String,
        /// Its address as configured.
        address: String,
    },
    /// A bucket's endpoint is configured, not given.
    #[error(
        "--endpoint is for folder targets, target {target} is {address}: set its endpoint in ingest.toml or AWS_ENDPOINT_URL"
    )]
    EndpointForBucket {
        /// The target's name.
        target: String,
        /// Its address as configured.
        address: String,
    },
    /// The bundle cannot be written.
    #[error("cannot write {}: {reason}", .file.display())]
    Output {
        /// The file.
        file: PathBuf,
        /// What the system said.
        reason: String,
    },
}

/// Signs the current snapshot and writes the bundle.
pub async fn run(args: &PresignArgs) -> Result<(), PresignError> {
    let project = args.project.load()?;
    let target = Target::open(&project).await?;
    let signer = signer(
        &target,
        args,
        Credentials::from_environment(project.environment()),
    )?;
    let bundle = bundle(&target, &signer, args.ttl).await?;
    write(&bundle, args.output.as_deref())?;
    log::note(&format!(
        "{} URLs that work for {}",
        bundle.urls.len(),
        humantime::format_duration(args.ttl)
    ));
    if signer.is_temporary().await? {
        log::note("They stop earlier if the temporary credentials that signed them do.");
    }
    Ok(())
}

fn signer(
    target: &Target,
    args: &PresignArgs,
    credentials: Option<Credentials>,
) -> Result<UrlSigner, PresignError> {
    let (name, address) = (target.name.clone(), target.address.clone());
    match (&target.location, &args.endpoint, credentials) {
        (
            Location::S3 {
                bucket,
                prefix,
                store,
            },
            None,
            _,
        ) => Ok(UrlSigner::of_store(store.clone(), bucket, prefix)),
        (Location::S3 { .. }, Some(_), _) => Err(PresignError::EndpointForBucket {
            target: name,
            address,
        }),
        (Location::Folder(_), Some(endpoint), Some(credentials)) => {
            Ok(UrlSigner::of_endpoint(endpoint, &credentials, GOLD_BUCKET, "")?)
        }
        (Location::Folder(_), _, _) => Err(PresignError::FolderNeedsEndpoint {
            target: name,
            address,
        }),
    }
}

/// A URL for the catalog, each manifest that it names and each data file that those name.
async fn bundle(target: &Target, signer: &UrlSigner, ttl: Duration) -> Result<SignedUrls, PresignError> {
    let Some((catalog, _)) = read_catalog(target).await? else {
        return Err(PresignError::NoGold {
            target: target.name.clone(),
            address: target.address.clone(),
        });
    };
    let mut objects = vec![keys::CATALOG.to_owned()];
    for table in &catalog.tables {
        let manifest = read_manifest(target, table).await?;
        objects.push(table.manifest.clone());
        objects.extend(manifest.files.into_iter().map(|file| file.key));
    }
    Ok(signer.sign(&objects, ttl).await?)
}

fn write(bundle: &SignedUrls, output: Option<&Path>) -> Result<(), PresignError> {
    let failed = |error: std::io::Error| PresignError::Output {
        file: output.unwrap_or(Path::new("stdout")).to_owned(),
        reason: error.to_string(),
    };
    let mut text = serde_json::to_vec_pretty(bundle).map_err(|error| failed(error.into()))?;
    text.push(b'\n');
    let Some(file) = output else {
        return std::io::stdout().write_all(&text).map_err(failed);
    };
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    // A temporary file is the owner's alone, and keeps that mode when it is renamed.
    let mut temporary = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    temporary.write_all(&text).map_err(failed)?;
    temporary.persist(file).map_err(|error| failed(error.error))?;
    Ok(())
}
