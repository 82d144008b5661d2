//! A real `musehub serve` process on either backend, which a test may kill and start again.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use diesel::{Connection as _, QueryableByName, RunQueryDsl as _, SqliteConnection};

use super::backend::Backend;
use super::command::Invocation;
use super::postgres::Database;
use super::s3::S3Server;
use super::sandbox::Sandbox;

/// How a server is started, beside what its backend needs.
#[derive(Debug, Clone, Default)]
pub struct ServerOptions {
    /// More arguments of `serve`.
    pub arguments: Vec<String>,
    /// More variables.
    pub environment: Vec<(String, String)>,
}

/// A server's state, and the process that serves it, if one runs.
pub struct TestServer {
    data: PathBuf,
    log: PathBuf,
    // Before the stores that it uses: fields are dropped in order.
    process: Option<Process>,
    database: Option<Database>,
    s3: Option<S3Server>,
}

struct Process {
    child: Child,
    base_url: String,
}

impl TestServer {
    /// Prepares the backend; nothing runs yet.
    pub fn prepare(backend: Backend, sandbox: &Sandbox) -> Self {
        let distributed = backend == Backend::Distributed;
        Self {
            data: sandbox.path("server"),
            log: sandbox.path("musehub.log"),
            process: None,
            database: distributed.then(Database::create),
            s3: distributed.then(|| S3Server::start(&sandbox.path("s3"))),
        }
    }

    /// Starts `musehub serve` and waits for the line that says where it listens.
    ///
    /// # Panics
    /// Where the server does not come up within half a minute.
    pub fn start(&mut self, sandbox: &Sandbox, options: &ServerOptions) {
        self.stop();
        let log = File::options()
            .create(true)
            .append(true)
            .open(&self.log)
            .expect("the sandbox is writable");
        let mut invocation = sandbox
            .musehub()
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(&options.arguments);
        for (name, value) in &options.environment {
            invocation = invocation.env(name, value);
        }
        let mut child = self
            .with_data(invocation)
            .into_command()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("musehub can be started");
        let stdout = child.stdout.take().expect("stdout is piped");
        let mut lines = BufReader::new(stdout).lines();
        let base_url = loop {
            let Some(Ok(line)) = lines.next() else {
                let _ = child.kill();
                panic!("musehub ended before it listened:\n{}", self.log());
            };
            if let Some(url) = line.strip_prefix("listening on ") {
                break url.to_owned();
            }
        };
        self.process = Some(Process { child, base_url });
    }

    /// An administration command on this server's state: `["user", "create", "ada"]`.
    pub fn admin(&self, sandbox: &Sandbox, arguments: &[&str]) -> Invocation {
        self.with_data(sandbox.musehub().args(arguments))
    }

    /// `http://HOST:PORT`.
    ///
    /// # Panics
    /// Where no server runs.
    pub fn base_url(&self) -> &str {
        &self.running().base_url
    }

    /// The process's id.
    ///
    /// # Panics
    /// Where no server runs.
    pub fn process_id(&self) -> u32 {
        self.running().child.id()
    }

    /// Waits until the process has ended by itself, as it does at a fault point.
    ///
    /// # Panics
    /// Where it still runs after a minute.
    pub fn wait_for_death(&mut self) {
        let mut process = self.process.take().expect("a server runs");
        let deadline = Instant::now() + Duration::from_secs(60);
        while process
            .child
            .try_wait()
            .expect("a child can be waited for")
            .is_none()
        {
            if Instant::now() > deadline {
                let _ = process.child.kill();
                panic!("the server did not reach its fault point:\n{}", self.log());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.child.kill();
            let _ = process.child.wait();
        }
    }

    /// SIGTERM, and the wait for the server to drain.
    ///
    /// # Panics
    /// Where it has not ended after half a minute, or not with success.
    pub fn stop(&mut self) {
        let Some(mut process) = self.process.take() else {
            return;
        };
        let id = process.child.id().to_string();
        let _ = std::process::Command::new("kill").arg(id).status();
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            match process.child.try_wait().expect("a child can be waited for") {
                Some(status) => {
                    assert!(status.success(), "the server ended with {status}");
                    return;
                }
                None if Instant::now() > deadline => {
                    let _ = process.child.kill();
                    panic!("the server does not drain:\n{}", self.log());
                }
                None => std::thread::sleep(Duration::from_millis(10)),
            }
        }
    }

    /// What it has logged, over all its lives.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Its data directory.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Its S3 store, if it has one.
    pub fn s3(&self) -> Option<&S3Server> {
        self.s3.as_ref()
    }

    /// Its PostgreSQL database, if it has one.
    pub fn database(&self) -> Option<&Database> {
        self.database.as_ref()
    }

    /// Where blobs lie: quarantined ones, uploads, mpacks. `None` where the S3 server is not ours.
    pub fn blobs(&self) -> Option<PathBuf> {
        match &self.s3 {
            None => Some(self.data.join("blobs")),
            Some(s3) => s3.folder().map(PathBuf::from),
        }
    }

    /// How many rows a table has.
    ///
    /// # Panics
    /// Where there is no such table.
    pub fn row_count(&self, table: &str) -> u64 {
        let sql = format!("SELECT count(*) AS count FROM {table}");
        if let Some(database) = &self.database {
            return database.query(&sql).parse().expect("a count is a number");
        }
        let row: Count = diesel::sql_query(sql)
            .get_result(&mut self.sqlite())
            .expect("the table can be counted");
        row.count.cast_unsigned()
    }

    /// The tables of its database.
    ///
    /// # Panics
    /// Where the database does not answer.
    pub fn tables(&self) -> Vec<String> {
        let sql = match &self.database {
            Some(_) => {
                "SELECT string_agg(tablename, ',') FROM pg_tables \
                        WHERE schemaname = 'public' AND tablename <> '__diesel_schema_migrations'"
            }
            None => {
                "SELECT group_concat(name) AS text FROM sqlite_schema WHERE type = 'table' \
                     AND name NOT LIKE 'sqlite_%' AND name <> '__diesel_schema_migrations'"
            }
        };
        let names = match &self.database {
            Some(database) => database.query(sql),
            None => {
                let row = diesel::sql_query(sql).get_result::<Line>(&mut self.sqlite());
                row.expect("there are tables").text
            }
        };
        names.split(',').map(str::to_owned).collect()
    }

    /// Runs a statement of SQL.
    ///
    /// # Panics
    /// Where it fails.
    pub fn execute(&self, sql: &str) {
        match &self.database {
            Some(database) => database.execute(sql),
            None => {
                let done = diesel::sql_query(sql).execute(&mut self.sqlite());
                done.expect("the statement runs");
            }
        }
    }

    /// The database of a server that has no other.
    fn sqlite(&self) -> SqliteConnection {
        let path = self.data.join("musehub.sqlite");
        let mut connection = SqliteConnection::establish(&path.to_string_lossy())
            .expect("the database can be opened");
        diesel::sql_query("PRAGMA busy_timeout = 10000")
            .execute(&mut connection)
            .expect("a pragma is known");
        connection
    }

    /// Tells `musehub` where its data is.
    fn with_data(&self, mut invocation: Invocation) -> Invocation {
        invocation = invocation.arg("--data").arg(&self.data);
        if let Some(database) = &self.database {
            invocation = invocation.arg("--database").arg(database.url());
        }
        if let Some(s3) = &self.s3 {
            invocation = invocation.arg("--blobs").arg(s3.url());
            for (name, value) in s3.environment() {
                invocation = invocation.env(name, value);
            }
        }
        invocation
    }

    fn running(&self) -> &Process {
        self.process.as_ref().expect("a server runs")
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = diesel::sql_types::Text)]
    text: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

impl Drop for TestServer {
    #[expect(
        clippy::print_stderr,
        reason = "a failed test shows the server's log, and tests have no printer"
    )]
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("----- the server's log -----\n{}", self.log());
        }
    }
}
