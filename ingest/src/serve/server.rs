//! Two listeners: the site with its signing endpoint, and the embedded store where the lake needs one.
//!
//! They are two origins, as a site and its bucket are, so that CORS is exercised for real.
//!
//! Invariant: a [`Server`] that was bound answers; it stops without cutting off a response that is under way
//! for less than [`GRACE`].

use std::future::{IntoFuture, pending};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use axum::serve::ListenerExt;
use s3s::service::S3Service;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

use super::credentials::Credentials;
use super::hosts::Hosts;
use super::lake::Lake;
use super::{ServeArgs, ServeError, security, sign, site};
use crate::cors;

/// How long open responses may take after the signal to stop.
const GRACE: Duration = Duration::from_secs(5);

/// Listeners that are open and what they answer.
pub struct Server {
    site: Listening,
    store: Option<Listening>,
    site_url: String,
    objects: String,
}

struct Listening {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
}

impl Server {
    /// Checks the arguments, opens the lake and listens. `credentials` are those of the embedded store; a
    /// store that nobody else writes makes its own.
    pub async fn bind(args: &ServeArgs, credentials: Option<Credentials>) -> Result<Self, ServeError> {
        if !args.site.join("index.html").is_file() {
            return Err(ServeError::NoSite {
                folder: args.site.clone(),
            });
        }
        let lake = Lake::prepare(args, credentials).await?;
        let (site_listener, site_address) = listen(&args.host, args.port, "--port").await?;
        let (signer, store, objects) = match lake {
            Lake::Remote(signer) => {
                let origin = signer.origin().await?;
                let objects = format!("objects at {origin}");
                (signer, None, objects)
            }
            Lake::Embedded(embedded) => {
                let (listener, address) = listen(&args.host, args.s3_port, "--s3-port").await?;
                let endpoint = args.s3_url.clone().unwrap_or_else(|| url(&args.host, address));
                let objects = format!("S3 endpoint {endpoint}, bucket {}", embedded.bucket());
                let signer = embedded.signer(&endpoint)?;
                let router = store_router(embedded.service)?;
                (
                    signer,
                    Some(Listening {
                        listener,
                        address,
                        router,
                    }),
                    objects,
                )
            }
        };
        let security = security::headers(&signer.origin().await?, args.connect_src.as_deref())?;
        let hosts = Hosts::new(args.allowed_hosts.iter().cloned().chain([args.host.clone()]));
        let router = site::router(&args.site, sign::router(signer, args.ttl, hosts), security);
        Ok(Self {
            site: Listening {
                listener: site_listener,
                address: site_address,
                router,
            },
            store,
            site_url: url(&args.host, site_address),
            objects,
        })
    }

    /// The site's URL, without a slash at its end.
    pub fn site_url(&self) -> &str {
        &self.site_url
    }

    /// Where the objects are, for people.
    pub fn objects(&self) -> &str {
        &self.objects
    }

    /// Where the site is listened for.
    pub fn site_address(&self) -> SocketAddr {
        self.site.address
    }

    /// Where the embedded store is listened for.
    pub fn store_address(&self) -> Option<SocketAddr> {
        self.store.as_ref().map(|store| store.address)
    }

    /// Answers until `stop` completes.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
        let stopping = CancellationToken::new();
        let site = self.site.serve(stopping.clone());
        let store = async {
            match self.store {
                Some(store) => store.serve(stopping.clone()).await,
                None => Ok(()),
            }
        };
        let mut serving = Box::pin(async {
            let ended = tokio::try_join!(site, store).map(drop);
            ended.map_err(|error| ServeError::Stopped(error.to_string()))
        });
        tokio::select! {
            result = &mut serving => return result,
            () = stop => stopping.cancel(),
        }
        tokio::time::timeout(GRACE, serving).await.unwrap_or(Ok(()))
    }
}

impl Listening {
    async fn serve(self, stopping: CancellationToken) -> std::io::Result<()> {
        let listener = self.listener.tap_io(|connection| {
            // A response's head and body are two writes: without this a small range waits for the client's
            // delayed acknowledgement. It is only slower where it cannot be set.
            let _ = connection.set_nodelay(true);
        });
        axum::serve(listener, self.router)
            .with_graceful_shutdown(stopping.cancelled_owned())
            .into_future()
            .await
    }
}

async fn listen(
    host: &str,
    port: u16,
    option: &'static str,
) -> Result<(TcpListener, SocketAddr), ServeError> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AddrInUse => ServeError::PortInUse {
            host: host.to_owned(),
            port,
            option,
        },
        _ => ServeError::Listen {
            host: host.to_owned(),
            port,
            reason: error.to_string(),
        },
    };
    let listener = TcpListener::bind((host, port)).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// How a browser on this machine reaches a listener.
fn url(host: &str, address: SocketAddr) -> String {
    let host = match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) if ip.is_unspecified() => "127.0.0.1".to_owned(),
        Ok(IpAddr::V6(ip)) if ip.is_unspecified() => "[::1]".to_owned(),
        Ok(IpAddr::V6(ip)) => format!("[{ip}]"),
        _ => host.to_owned(),
    };
    format!("http://{host}:{}", address.port())
}

fn store_router(service: S3Service) -> Result<Router, ServeError> {
    let answer = move |request: Request| {
        let service = service.clone();
        async move { answer(&service, request).await }
    };
    Ok(Router::new().fallback(answer).layer(cors::layer()?))
}

async fn answer(service: &S3Service, request: Request) -> Response<Body> {
    // s3s logs whole requests, and a signed URL must not be in a log.
    let quiet = NoSubscriber::default();
    match service
        .call(request.map(s3s::Body::http_body_unsync))
        .with_subscriber(quiet)
        .await
    {
        Ok(response) => response.map(Body::new),
        Err(_unanswerable) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Completes on Ctrl-C, and on SIGTERM where there is such a thing.
pub(super) async fn stop_signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
