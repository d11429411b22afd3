//! A PostgreSQL server for the tests of this program, which is started by the first that asks and ends with the process.
//!
//! Entry point: [`Database::new`].

use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::runtime::Runtime;
use tokio_postgres::NoTls;

/// The password of the user `goldpan`, which no message may have.
pub const PASSWORD: &str = "hidden-pass%word";
/// The same in a URL.
const PASSWORD_IN_URL: &str = "hidden-pass%25word";
/// The server ends when its input does, which happens also where the process is killed.
const GUARD: &str =
    "\"$@\" & server=$!; cat >/dev/null; kill -QUIT $server; wait $server; rm -rf \"$FOLDER\"";
/// Of a certificate that is its own authority.
const CERTIFICATE: &str = "[req]\ndistinguished_name = name\nx509_extensions = more\nprompt = no\n[name]\nCN = goldpan\n\
                           [more]\nsubjectAltName = IP:127.0.0.1\nbasicConstraints = critical, CA:FALSE\n";
/// Times that another port is tried.
const ATTEMPTS: usize = 5;

struct Server {
    port: u16,
    folder: PathBuf,
    _guard: Child,
}

/// An empty database of its own.
pub struct Database {
    /// Its address, with user and password.
    pub url: String,
    runtime: Runtime,
    client: tokio_postgres::Client,
}

impl Database {
    /// A database that no other test uses.
    pub fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let runtime = Runtime::new().expect("a runtime");
        let first = connected(&runtime, &url_of("postgres"));
        runtime
            .block_on(first.batch_execute(&format!("CREATE DATABASE {name}")))
            .expect("a new database");
        let url = url_of(&name);
        let client = connected(&runtime, &url);
        Self { url, runtime, client }
    }

    /// Executes statements.
    pub fn execute(&self, statements: &str) {
        self.runtime
            .block_on(self.client.batch_execute(statements))
            .expect("valid statements");
    }

    /// The first column of a query's rows, as text.
    pub fn texts(&self, query: &str) -> Vec<String> {
        let rows = self
            .runtime
            .block_on(self.client.query(query, &[]))
            .expect("a valid query");
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// The certificate that tells the server's for a real one.
    pub fn certificate() -> PathBuf {
        server().folder.join("server.crt")
    }
}

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(Server::start)
}

fn url_of(database: &str) -> String {
    format!(
        "postgres://goldpan:{PASSWORD_IN_URL}@127.0.0.1:{}/{database}",
        server().port
    )
}

fn connected(runtime: &Runtime, url: &str) -> tokio_postgres::Client {
    let (client, connection) = runtime
        .block_on(tokio_postgres::connect(url, NoTls))
        .expect("a connection");
    runtime.spawn(connection);
    client
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("temporary folder").keep();
        let user = unprivileged();
        if let Some((uid, gid)) = user {
            chown(&folder, Some(uid), Some(gid)).expect("a folder of that user");
        }
        let run = |program: &str, arguments: &[&str]| {
            let mut command = as_user(program, user, &folder);
            let output = command.args(arguments).output().expect("a program that runs");
            assert!(
                output.status.success(),
                "{program} failed: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        };
        let cluster = folder.join("cluster").to_string_lossy().into_owned();
        std::fs::write(folder.join("password"), PASSWORD).expect("a file");
        let options =
            "--username=goldpan --pwfile=password --auth=scram-sha-256 --encoding=UTF8 --locale=C --no-sync";
        let mut arguments: Vec<&str> = options.split(' ').collect();
        arguments.extend(["-D", &cluster]);
        run(&program("initdb"), &arguments);
        std::fs::write(folder.join("openssl.cnf"), CERTIFICATE).expect("a file");
        let make = "req -x509 -config openssl.cnf -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
                    -keyout server.key -out server.crt";
        run("openssl", &make.split_whitespace().collect::<Vec<_>>());
        let start = || {
            let port = free_port();
            let guard = serve(&folder, &cluster, user, port)?;
            Some((port, guard))
        };
        let (port, guard) = (0..ATTEMPTS).find_map(|_| start()).expect("a port");
        Self {
            port,
            folder,
            _guard: guard,
        }
    }
}

/// Starts the server; none where it ends at once, as where the port is taken meanwhile.
fn serve(folder: &Path, cluster: &str, user: Option<(u32, u32)>, port: u16) -> Option<Child> {
    let mut command = as_user("/bin/sh", user, folder);
    let port = port.to_string();
    let settings = [
        "fsync=off",
        "ssl=on",
        "ssl_cert_file=../server.crt",
        "ssl_key_file=../server.key",
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "max_connections=200",
    ];
    command.args([
        "-c",
        GUARD,
        "sh",
        &program("postgres"),
        "-D",
        cluster,
        "-p",
        &port,
    ]);
    for setting in settings {
        command.args(["-c", setting]);
    }
    let log = std::fs::File::create(folder.join("log")).expect("a log");
    let mut child = command
        .env("FOLDER", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("the server starts");
    loop {
        let said = std::fs::read_to_string(folder.join("log")).expect("a log");
        if said.contains("ready to accept connections") {
            return Some(child);
        }
        if said.contains("could not create any TCP/IP sockets") {
            // The folder stays for the next attempt.
            child.kill().expect("a process");
            child.wait().expect("its end");
            return None;
        }
        assert!(!said.contains("FATAL"), "{said}");
        assert!(child.try_wait().expect("a process").is_none(), "{said}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// PostgreSQL refuses to run as root: then somebody else.
fn unprivileged() -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| -> Option<u32> {
        let output = Command::new("id").args(arguments).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    if id(&["-u"]) != Some(0) {
        return None;
    }
    let user = if id(&["-u", "postgres"]).is_some() {
        "postgres"
    } else {
        "nobody"
    };
    Some((id(&["-u", user])?, id(&["-g", user])?))
}

fn as_user(program: &str, user: Option<(u32, u32)>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env("LC_ALL", "C");
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    command
}

/// A program of the newest PostgreSQL that is installed; Debian has it in no folder of PATH.
fn program(name: &str) -> String {
    let found = glob::glob(&format!("/usr/lib/postgresql/*/bin/{name}")).expect("a valid pattern");
    let version = |path: &PathBuf| -> Option<u32> { path.iter().nth(4)?.to_str()?.parse().ok() };
    match found.flatten().max_by_key(version) {
        Some(path) => path.to_string_lossy().into_owned(),
        None => name.to_owned(),
    }
}
