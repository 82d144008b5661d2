//! How many small pushes and warm fetches a server takes, and what many pushes and many
//! repositories leave behind.

use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use muse_e2e::harness::{
    Answer, Api, Backend, Forgery, Sandbox, Scenario, ServerOptions, USER, key_of,
};
use muse_e2e::measure::peak_memory_bytes;
use muse_wire::api::MPACK_MEDIA_TYPE;
use muse_wire::api::fetch::{FetchPlan, FetchRequest};
use muse_wire::api::push::{Force, RefUpdate, STREAM_CONTROL_TAG, StreamControl, StreamedMpack};
use muse_wire::api::repo::CreateRepoRequest;
use muse_wire::id::CommitId;
use muse_wire::name::RefName;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;

/// How many clients there are at a time.
const CLIENTS: [usize; 3] = [1, 8, 64];

/// How long clients of one number go on.
const DURATION: Duration = Duration::from_secs(5);

/// What is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    /// How many pushes one repository gets.
    pub(crate) pushes: u32,
    /// Bytes of each of them.
    pub(crate) push_bytes: usize,
    /// How many repositories there are at the end.
    pub(crate) repositories: u32,
}

/// Measures and writes a table and sentences.
pub(crate) fn measure(root: &Path, backend: Backend, load: Load) -> Result<String, Box<dyn Error>> {
    let root = root.join("throughput");
    std::fs::create_dir_all(&root)?;
    let sandbox = Sandbox::below(&root);
    let scenario = Scenario::in_sandbox(sandbox, backend, &ServerOptions::default());
    let mut out =
        String::from("\n| clients | verb | a second | p50 ms | p95 ms |\n|---|---|---|---|---|\n");
    for clients in CLIENTS {
        let names: Vec<String> = (0..clients)
            .map(|one| format!("c{clients}-{one}"))
            .collect();
        let mut clients: Vec<Client> = names
            .iter()
            .map(|name| Client::new(&scenario, name))
            .collect();
        out += &row(&mut clients, "push", Client::push)?;
        out += &row(&mut clients, "fetch, warm", Client::fetch)?;
    }
    out += &many_pushes(&scenario, load)?;
    out += &many_repositories(&scenario, load.repositories)?;
    let peak = peak_memory_bytes(scenario.server().process_id()) / (1 << 20);
    out += &format!("* peak memory of the server: {peak} MiB\n");
    Ok(out)
}

/// Has all clients do the same over and over.
fn row(
    clients: &mut [Client],
    verb: &str,
    once: impl Fn(&mut Client) -> Result<(), String> + Sync,
) -> Result<String, Box<dyn Error>> {
    let count = clients.len();
    let failures = AtomicU64::new(0);
    let started = Instant::now();
    let work = |client: &mut Client| {
        let mut milliseconds = Vec::new();
        while started.elapsed() < DURATION {
            let began = Instant::now();
            if once(client).is_err() {
                failures.fetch_add(1, Ordering::Relaxed);
                break;
            }
            milliseconds.push(began.elapsed().as_secs_f64() * 1e3);
        }
        milliseconds
    };
    let mut milliseconds: Vec<f64> = thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> = clients
            .iter_mut()
            .map(|client| scope.spawn(move || work(client)))
            .collect();
        let ended = running
            .into_iter()
            .map(|one| one.join().expect("no client panics"));
        ended.flatten().collect()
    });
    let seconds = started.elapsed().as_secs_f64();
    if failures.load(Ordering::Relaxed) > 0 {
        return Err(format!("{} clients failed to {verb}", failures.into_inner()).into());
    }
    milliseconds.sort_by(f64::total_cmp);
    let at = |percent: usize| milliseconds[(milliseconds.len() - 1) * percent / 100];
    Ok(format!(
        "| {count} | {verb} | {:.0} | {:.1} | {:.1} |\n",
        milliseconds.len() as f64 / seconds,
        at(50),
        at(95)
    ))
}

/// A client with a repository of its own.
struct Client {
    api: Api,
    before: Option<CommitId>,
    tip: Option<CommitId>,
    generation: u32,
}

impl Client {
    fn new(scenario: &Scenario, slug: &str) -> Self {
        let api = scenario.api(slug);
        let created = api.post(
            "/api/repos",
            &CreateRepoRequest {
                owner: None,
                slug: slug.to_owned(),
                private: false,
                default_branch: None,
            },
        );
        assert_eq!(created.status, 201, "{created:?}");
        Self {
            api,
            before: None,
            tip: None,
            generation: 0,
        }
    }

    /// Pushes a commit of one small file.
    fn push(&mut self) -> Result<(), String> {
        let contents = format!("{} of {:?}", self.generation, self.tip);
        self.push_file(contents.as_bytes())
    }

    fn push_file(&mut self, contents: &[u8]) -> Result<(), String> {
        let mut forgery = Forgery::default();
        let parents: Vec<CommitId> = self.tip.into_iter().collect();
        let tip = forgery.commit(&[("file", contents)], &parents);
        self.generation += 1;
        forgery.commits[0].generation = self.generation;
        let mpack = forgery.bytes();
        let control = StreamControl {
            updates: vec![RefUpdate {
                name: RefName::branch("main").expect("a valid name"),
                old: self.tip,
                new: Some(tip),
                force: Force::No,
                delete_default_branch: false,
            }],
            mpack: Some(StreamedMpack {
                mpack_key: key_of(&mpack),
                size_bytes: mpack.len() as u64,
            }),
        };
        let control = rmp_serde::to_vec_named(&control).map_err(|error| error.to_string())?;
        let mut body = vec![STREAM_CONTROL_TAG];
        body.extend_from_slice(&(control.len() as u64).to_le_bytes());
        body.extend_from_slice(&control);
        body.extend_from_slice(&mpack);
        let request = self.api.request(Method::POST, "push/stream");
        let request = request.header(CONTENT_TYPE, MPACK_MEDIA_TYPE).body(body);
        succeeded(&self.api.send(request))?;
        self.before = self.tip.replace(tip);
        Ok(())
    }

    /// Asks for the last push.
    fn fetch(&mut self) -> Result<(), String> {
        self.plan(self.before).map(drop)
    }

    fn plan(&self, have: Option<CommitId>) -> Result<FetchPlan, String> {
        let request = FetchRequest {
            want: self.tip.into_iter().collect(),
            have: have.into_iter().collect(),
            ..FetchRequest::default()
        };
        let answer = self.api.post("fetch/mpack", &request);
        succeeded(&answer)?;
        Ok(answer.json())
    }
}

fn succeeded(answer: &Answer) -> Result<(), String> {
    if answer.status == 200 {
        return Ok(());
    }
    Err(format!(
        "{}: {}",
        answer.status,
        String::from_utf8_lossy(&answer.body)
    ))
}

/// Pushes one after the other to one repository.
fn many_pushes(scenario: &Scenario, load: Load) -> Result<String, Box<dyn Error>> {
    let mut client = Client::new(scenario, "pushes");
    let mut contents = vec![0_u8; load.push_bytes];
    let mut state = 1_u64;
    let started = Instant::now();
    for _ in 0..load.pushes {
        for word in contents.chunks_exact_mut(8) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            word.copy_from_slice(&state.to_le_bytes());
        }
        client.push_file(&contents)?;
    }
    let seconds = started.elapsed().as_secs_f64();
    let usage = scenario.admin(&["repo", "usage"]).ok();
    let name = format!("{USER}/pushes\t");
    let line = usage.stdout.lines().find(|line| line.starts_with(&name));
    let began = Instant::now();
    let plan = client.plan(None)?;
    Ok(format!(
        "\n* {} pushes of {} bytes: {seconds:.0} s; then a clone is {} mpacks, planned in {:.1} ms \
         ({}); bytes given, merged and others: {}\n",
        load.pushes,
        load.push_bytes,
        plan.mpacks.len(),
        began.elapsed().as_secs_f64() * 1e3,
        plan.cache,
        line.unwrap_or_default().replace('\t', " ")
    ))
}

/// Creates repositories, each with one push.
fn many_repositories(scenario: &Scenario, count: u32) -> Result<String, Box<dyn Error>> {
    let mut seconds = Vec::new();
    let started = Instant::now();
    let mut last = None;
    for number in 0..count {
        let began = Instant::now();
        let mut client = Client::new(scenario, &format!("many{number}"));
        client.push()?;
        seconds.push(began.elapsed().as_secs_f64());
        last = Some(client);
    }
    let total = started.elapsed().as_secs_f64();
    let mean = |seconds: &[f64]| 1e3 * seconds.iter().sum::<f64>() / seconds.len().max(1) as f64;
    let hundred = seconds.len().min(100);
    let (first, latest) = (
        mean(&seconds[..hundred]),
        mean(&seconds[seconds.len() - hundred..]),
    );
    let began = Instant::now();
    let plan = last.map(|client| client.plan(None)).transpose()?;
    let fetch = began.elapsed().as_secs_f64() * 1e3;
    let began = Instant::now();
    scenario.admin(&["gc", "--dry-run"]).ok();
    let gc = began.elapsed().as_secs_f64();
    Ok(format!(
        "* {count} repositories with a push each: {total:.0} s, {first:.1} ms each at first and \
         {latest:.1} ms at last; then a fetch takes {fetch:.1} ms ({}), `gc --dry-run` {gc:.1} s\n",
        plan.map_or(String::new(), |plan| plan.cache)
    ))
}
