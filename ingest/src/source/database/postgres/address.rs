//! Where a PostgreSQL server is, and connections to it.
//!
//! Invariant: the password is in no message.
//!
//! Entry points: [`Address::of`], [`Address::connect`].

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;
use url::form_urlencoded;

use super::failure::Failure;
use crate::project::Project;

/// What a URL begins with.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];
/// What connection strings of another form begin with: they are recognised, because they have secrets.
const WORDS: [&str; 7] = [
    "host", "hostaddr", "port", "user", "dbname", "password", "service",
];
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const KEEPALIVES_IDLE: Duration = Duration::from_secs(60);
/// The variable that PostgreSQL's own programs take a password from.
const PASSWORD: &str = "PGPASSWORD";

/// A server and a database of it.
#[derive(Clone)]
pub(super) struct Address {
    /// What names it, for messages.
    named: &'static str,
    config: Config,
    root_certificates: Option<String>,
}

/// Whether a path is that of a server.
pub(in crate::source) fn is_address(path: &str) -> bool {
    let is_url = SCHEMES.iter().any(|scheme| path.starts_with(scheme));
    let (first, rest) = path.split_once('=').unwrap_or_default();
    is_url || (WORDS.contains(&first.trim()) && !rest.is_empty())
}

impl Address {
    /// The address that a URL is.
    pub fn of(
        project: &Project,
        url: &str,
        timeout: Option<Duration>,
        named: &'static str,
    ) -> Result<Self, String> {
        if !SCHEMES.iter().any(|scheme| url.starts_with(scheme)) {
            return Err("write the address as postgres://user@host:5432/database".to_owned());
        }
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut kept, mut root_certificates) = (Vec::new(), None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=').unwrap_or((pair, "")) {
                ("sslrootcert", _) => {
                    let decoded = form_urlencoded::parse(pair.as_bytes()).next();
                    root_certificates = decoded.map(|(_, file)| file.into_owned());
                }
                // Certificates are verified wherever there are any.
                ("sslmode", "verify-ca" | "verify-full") => kept.push("sslmode=require"),
                _ => kept.push(pair),
            }
        }
        let url = format!("{base}?{}", kept.join("&"));
        let mut config = Config::from_str(&url).map_err(|error| {
            let mut problem = error.to_string();
            // The cause quotes parameters, which may be parts of a password with signs in it that end one.
            let is_clear = url.matches('@').count() <= 1 && !url.contains("password");
            if let Some(cause) = std::error::Error::source(&error).filter(|_| is_clear) {
                problem = format!("{problem}: {cause}");
            }
            format!(
                "{problem}: write it as postgres://user:${{PASSWORD}}@host:5432/database, with %40 for @ and the like in a \
                 password, or leave the password to the variable {PASSWORD}"
            )
        })?;
        if config.get_password().is_none()
            && let Some(password) = project.environment().get(PASSWORD)
        {
            config.password(password);
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(timeout.unwrap_or(CONNECT_TIMEOUT));
        }
        if config.get_application_name().is_none() {
            config.application_name(concat!("ingest/", env!("CARGO_PKG_VERSION")));
        }
        config.keepalives_idle(KEEPALIVES_IDLE);
        Ok(Self {
            named,
            config,
            root_certificates: root_certificates
                .map(|file| project.root.join(file).to_string_lossy().into_owned()),
        })
    }

    /// A new connection, which ends with the client.
    pub async fn connect(&self) -> Result<Client, Failure> {
        let tls = MakeRustlsConnect::new(self.tls().map_err(Failure::lasting)?);
        let (client, connection) = self
            .config
            .connect(tls)
            .await
            .map_err(|error| Failure::of_connection(&error, self.named))?;
        // What goes wrong is told to who waits for an answer.
        tokio::spawn(async move { connection.await.is_ok() });
        Ok(client)
    }

    fn tls(&self) -> Result<ClientConfig, String> {
        let mut roots = RootCertStore::empty();
        match &self.root_certificates {
            _ if self.config.get_ssl_mode() == SslMode::Disable => {}
            Some(file) => {
                let wrong = |error: &dyn std::fmt::Display| {
                    format!("cannot read the certificates in {file}: {error}: check sslrootcert")
                };
                for certificate in CertificateDer::pem_file_iter(file).map_err(|error| wrong(&error))? {
                    let certificate = certificate.map_err(|error| wrong(&error))?;
                    roots.add(certificate).map_err(|error| wrong(&error))?;
                }
            }
            None => {
                // Those that cannot be read verify nothing; where one is needed, the connection says so.
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        Ok(ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Flags;

    #[test]
    fn what_is_wrong_with_an_address_is_told_without_its_password() {
        let work = tempfile::tempdir().expect("temporary folder");
        let project = Project::without_file(work.path(), None, &Flags::default()).expect("a project");
        let told = |url: &str| Address::of(&project, url, None, "path").err().expect("refused");
        let plain = told("postgres://u:p@host/d?sslmod=disable");
        assert!(plain.contains("unknown option `sslmod`"), "{plain}");
        for url in [
            "postgres://u:p@x?secret=1@host/d",
            "postgres://host/d?password=a&secret=b",
        ] {
            let told = told(url);
            assert!(!told.contains("secret") && told.contains("write it as"), "{told}");
        }
    }

    #[test]
    fn connection_strings_are_recognised_in_both_forms() {
        assert!(is_address("postgres://h/d"));
        assert!(is_address("postgresql://h/d"));
        assert!(is_address("host=h password=x"));
        assert!(is_address("password = x"));
        assert!(!is_address("hosts.csv"));
        assert!(!is_address("raw/host=1/x.csv"));
        assert!(!is_address("host="));
    }
}
