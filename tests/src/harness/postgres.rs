//! A throw-away PostgreSQL cluster on a Unix socket, and a fresh database in it for each test.
//!
//! One cluster serves a whole run: `with_postgres COMMAND…` starts it and names it in
//! [`URL_VARIABLE`]. A test process that does not find it there starts one of its own.
//!
//! A shell watches over the cluster and holds the read end of a pipe whose write end is ours: when
//! this process ends, in whatever way, the pipe closes, and the shell stops the cluster and removes
//! its directory.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio_postgres::NoTls;

/// Names the cluster of this run: a URL of a superuser, without a database at its end.
pub const URL_VARIABLE: &str = "MUSEHUB_TEST_POSTGRES_URL";

/// Whom the server runs as where we are root: PostgreSQL refuses to be root.
const UNPRIVILEGED_USER: &str = "nobody";

/// `$0` is the cluster's directory, `$@` the command that runs PostgreSQL. Signals from a terminal
/// are for the tests; the watcher ends when they have ended.
const WATCHER: &str = r#"
trap '' INT TERM HUP
"$@" </dev/null &
server=$!
cat >/dev/null
kill -QUIT $server 2>/dev/null
wait $server
rm -rf "$0"
"#;

/// A running cluster; it ends with this value, or with the process.
pub struct Cluster {
    watcher: Child,
    url: String,
}

impl Cluster {
    /// Initialises and starts one.
    ///
    /// # Errors
    /// What is missing, or what PostgreSQL said.
    pub fn start() -> Result<Self, String> {
        let binaries = find_binaries()?;
        let root = tempfile::Builder::new()
            .prefix("muse-pg-")
            .tempdir()
            .map_err(|error| format!("no temporary directory: {error}"))?
            .keep();
        let data = root.join("data");
        let as_root = is_root();
        if as_root {
            std::fs::set_permissions(&root, std::fs::Permissions::from_mode(0o755))
                .map_err(|error| format!("{}: {error}", root.display()))?;
            run(Command::new("chown").arg(UNPRIVILEGED_USER).arg(&root))?;
        }
        run(unprivileged(&binaries.join("initdb"), as_root)
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8"])
            .args(["--locale=C", "--no-sync", "--no-instructions"])
            .arg(format!("--pgdata={}", data.display()))
            .current_dir(&root))?;
        let server = unprivileged(&binaries.join("postgres"), as_root);
        let log = std::fs::File::create(root.join("log"))
            .map_err(|error| format!("{}: {error}", root.display()))?;
        let watcher = Command::new("sh")
            .args(["-c", WATCHER])
            .arg(&root)
            .arg(server.get_program())
            .args(server.get_args())
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(&root)
            .args(["-c", "listen_addresses="])
            .args(["-c", "fsync=off", "-c", "synchronous_commit=off"])
            .args(["-c", "full_page_writes=off", "-c", "max_connections=400"])
            .current_dir(&root)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .process_group(0)
            .spawn()
            .map_err(|error| format!("sh: {error}"))?;
        let socket = root.to_string_lossy().replace('/', "%2F");
        let cluster = Self {
            watcher,
            url: format!("postgres://postgres@{socket}"),
        };
        let deadline = Instant::now() + Duration::from_secs(30);
        while let Err(error) = execute(&cluster.url, "SELECT 1") {
            if Instant::now() > deadline {
                let log = std::fs::read_to_string(root.join("log")).unwrap_or_default();
                return Err(format!("PostgreSQL does not answer: {error}\n{log}"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(cluster)
    }

    /// Its URL, to which `/DATABASE` can be appended.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
    }
}

/// A database of one test, dropped at its end.
pub struct Database {
    admin_url: String,
    name: String,
}

impl Database {
    /// Creates an empty database in the run's cluster, or in this process's own.
    ///
    /// # Panics
    /// Where there is no PostgreSQL, or it refuses.
    pub fn create() -> Self {
        static OWN: OnceLock<Cluster> = OnceLock::new();
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let admin_url = std::env::var(URL_VARIABLE).unwrap_or_else(|_| {
            OWN.get_or_init(|| Cluster::start().expect("PostgreSQL starts"))
                .url()
                .to_owned()
        });
        let name = format!(
            "test_{}_{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        execute(&admin_url, &format!("CREATE DATABASE {name}")).expect("a database can be made");
        Self { admin_url, name }
    }

    /// Where a server finds it.
    pub fn url(&self) -> String {
        format!("{}/{}", self.admin_url, self.name)
    }

    /// Runs a statement.
    ///
    /// # Panics
    /// Where it fails.
    pub fn execute(&self, sql: &str) {
        execute(&self.url(), sql).expect("the statement runs");
    }

    /// Cuts every connection and refuses new ones, as while a server restarts or fails over.
    ///
    /// # Panics
    /// Where PostgreSQL refuses.
    pub fn go_away(&self) {
        self.allow_connections(false);
        let name = &self.name;
        let cut = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        );
        execute(&self.admin_url, &cut).expect("connections can be cut");
    }

    /// Takes connections again.
    ///
    /// # Panics
    /// Where PostgreSQL refuses.
    pub fn come_back(&self) {
        self.allow_connections(true);
    }

    fn allow_connections(&self, allow: bool) {
        let sql = format!("ALTER DATABASE {} ALLOW_CONNECTIONS {allow}", self.name);
        execute(&self.admin_url, &sql).expect("a database can be changed");
    }

    /// The first column of the first row that a query gives, as text.
    ///
    /// # Panics
    /// Where the query fails or gives nothing.
    pub fn query(&self, sql: &str) -> String {
        execute(&self.url(), sql)
            .expect("the query runs")
            .expect("the query gives a row")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = execute(
            &self.admin_url,
            &format!("DROP DATABASE {} WITH (FORCE)", self.name),
        );
    }
}

/// The folder of `postgres` and `initdb`: the newest that Debian's layout has, or one in `PATH`.
///
/// # Errors
/// A sentence that says what to install.
pub fn find_binaries() -> Result<PathBuf, String> {
    let mut versioned: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    versioned.sort_by_key(|folder| {
        let version = folder.parent().and_then(Path::file_name);
        version.and_then(|version| version.to_str()?.parse::<u32>().ok())
    });
    let in_path = std::env::var_os("PATH").unwrap_or_default();
    versioned
        .into_iter()
        .rev()
        .chain(std::env::split_paths(&in_path))
        .find(|folder| folder.join("postgres").is_file() && folder.join("initdb").is_file())
        .ok_or_else(|| {
            "PostgreSQL is missing; `tests/run` installs it, or `apt-get install postgresql`"
                .to_owned()
        })
}

/// A command, as an unprivileged user where we are root.
fn unprivileged(program: &Path, as_root: bool) -> Command {
    if !as_root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .arg(format!("--reuid={UNPRIVILEGED_USER}"))
        .args(["--regid=nogroup", "--clear-groups"])
        .arg(program);
    command
}

/// Whether we are root, as the owner of our own entry in `/proc` tells; elsewhere than on Linux:
/// no.
pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command
        .output()
        .map_err(|error| format!("{:?}: {error}", command.get_program()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{:?} failed: {said}", command.get_program()))
}

/// Runs one statement on a connection of its own, in a thread of its own: the caller may be inside
/// a runtime.
fn execute(url: &str, sql: &str) -> Result<Option<String>, tokio_postgres::Error> {
    std::thread::scope(|scope| {
        scope
            .spawn(|| {
                tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .expect("a runtime can be made")
                    .block_on(execute_here(url, sql))
            })
            .join()
            .expect("asking PostgreSQL does not panic")
    })
}

async fn execute_here(url: &str, sql: &str) -> Result<Option<String>, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    let connection = tokio::spawn(connection);
    let messages = client.simple_query(sql).await?;
    drop(client);
    let _ = connection.await;
    Ok(messages.iter().find_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    }))
}
