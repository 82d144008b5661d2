//! Where a token goes, and where it never does.

use muse_e2e::harness::{
    Forgery, Invocation, Reply, Sandbox, ScriptedServer, planned_at, refs_with_main,
};
use muse_wire::api::fetch::FetchPlan;
use muse_wire::api::repo::WhoamiResponse;
use muse_wire::problem::{Problem, ProblemCode};

const TOKEN: &str = "hunter2";

/// A server that knows no token.
fn unauthorized() -> ScriptedServer {
    ScriptedServer::start(|_| {
        let problem = Problem::new(ProblemCode::Unauthorized, "who are you?");
        Some(Reply::problem(&problem))
    })
}

/// Whether any request to the server had a token; there was at least one.
fn saw_a_token(server: &ScriptedServer) -> bool {
    let requests = server.requests();
    assert!(!requests.is_empty());
    requests.iter().any(|request| request.head.contains(TOKEN))
}

fn fetch(sandbox: &Sandbox, url: &str) -> Invocation {
    sandbox.muse(".").args(["init", "work"]).run();
    sandbox
        .muse("work")
        .args(["remote", "remove", "origin"])
        .run();
    sandbox
        .muse("work")
        .args(["remote", "add", "origin", url])
        .ok();
    sandbox
        .muse("work")
        .args(["-v", "fetch"])
        .env("MUSE_TOKEN", TOKEN)
}

#[test]
fn over_plain_http_to_another_machine_it_needs_a_setting() {
    let sandbox = Sandbox::new();
    let proxy = unauthorized();
    let url = "http://hub.example/ada/repo";
    let refused = fetch(&sandbox, url).env("http_proxy", proxy.url()).fails(3);
    assert!(!saw_a_token(&proxy));
    let refused = refused.says("no token was sent to hub.example");
    let hint = "`muse config --global set auth.hub.example.plain-http true`";
    let refused = refused.says(hint);
    assert!(!refused.to_string().contains(TOKEN), "{refused}");
    sandbox
        .muse(".")
        .args(["config", "--global", "set", "auth.hub.example.plain-http"])
        .arg("true")
        .ok();
    fetch(&sandbox, url).env("http_proxy", proxy.url()).fails(3);
    assert!(saw_a_token(&proxy));
}

#[test]
fn for_this_machine_it_takes_no_way_through_a_proxy() {
    let sandbox = Sandbox::new();
    let (server, proxy) = (unauthorized(), unauthorized());
    let url = format!("{}/ada/repo", server.url());
    fetch(&sandbox, &url)
        .env("http_proxy", proxy.url())
        .fails(3);
    assert!(saw_a_token(&server));
    assert!(proxy.requests().is_empty());
}

#[test]
fn a_repositorys_own_settings_do_not_send_it_over_plain_http() {
    let sandbox = Sandbox::new();
    let proxy = unauthorized();
    let url = "http://hub.example/ada/repo";
    let fetch = fetch(&sandbox, url).env("http_proxy", proxy.url());
    sandbox
        .muse("work")
        .args(["config", "set", "auth.hub.example.plain-http", "true"])
        .ok();
    fetch.fails(3);
    assert!(!saw_a_token(&proxy));
}

#[test]
fn it_goes_to_the_host_that_it_is_for_alone() {
    let sandbox = Sandbox::new();
    let server = unauthorized();
    let url = format!("{}/ada/repo", server.url());
    let refused = fetch(&sandbox, &url)
        .env("MUSE_HOST", "hub.example")
        .fails(3);
    refused.says("MUSE_HOST names another server");
    let other_port = format!("127.0.0.1:{}", server.port() ^ 1);
    fetch(&sandbox, &url).env("MUSE_HOST", other_port).fails(3);
    assert!(!saw_a_token(&server));
    let host = format!("127.0.0.1:{}", server.port());
    let refused = fetch(&sandbox, &url).env("MUSE_HOST", host).fails(3);
    refused.says("the server does not accept this token");
    assert!(saw_a_token(&server));
}

#[test]
fn a_login_is_refused_where_the_token_could_be_read_on_the_way() {
    let sandbox = Sandbox::new();
    let proxy = unauthorized();
    let login = ["auth", "login", "--with-token", "http://hub.example"];
    let refused = sandbox
        .muse(".")
        .args(login)
        .env("http_proxy", proxy.url())
        .stdin(TOKEN)
        .fails(3);
    refused.says("auth.hub.example.plain-http");
    assert!(proxy.requests().is_empty());
}

#[test]
fn neither_redirects_nor_presigned_urls_get_it() {
    let sandbox = Sandbox::new();
    let mut mpack = Forgery::default();
    let tip = mpack.commit(&[("a", b"1")], &[]);
    let bytes = mpack.bytes();
    let contents = bytes.clone();
    let storage = ScriptedServer::start(move |_| {
        Some(Reply {
            body: contents.clone(),
            ..Reply::empty("200 OK")
        })
    });
    let blob = format!("{}/blob", storage.url());
    let server = ScriptedServer::start(move |request| {
        Some(if request.line.ends_with("/refs") {
            Reply::control(&refs_with_main(tip))
        } else {
            Reply::control(&FetchPlan {
                mpacks: vec![planned_at(&bytes, &blob)],
                withheld: Vec::new(),
                cache: "HIT".to_owned(),
                wanted_refs: Vec::new(),
                shallow: Vec::new(),
                unshallow: Vec::new(),
            })
        })
    });
    fetch(&sandbox, &format!("{}/ada/repo", server.url())).ok();
    assert!(saw_a_token(&server));
    assert!(!saw_a_token(&storage));

    let elsewhere = unauthorized();
    let location = format!("location: {}/ada/repo/refs", elsewhere.url());
    let moved = ScriptedServer::start(move |_| {
        Some(Reply::empty("307 Temporary Redirect").with_header(location.clone()))
    });
    fetch(&sandbox, &format!("{}/ada/repo", moved.url())).fails(6);
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn one_server_that_does_not_answer_hides_no_other() {
    let sandbox = Sandbox::new();
    let server = |user: &str| {
        let who = WhoamiResponse {
            user: user.to_owned(),
            scope: "write".to_owned(),
            repo: None,
            expires_at: None,
        };
        ScriptedServer::start(move |_| Some(Reply::control(&who)))
    };
    let servers = [server("ada"), server("grace")];
    for server in &servers {
        let url = server.url();
        let login = ["auth", "login", "--with-token", &url];
        sandbox.muse(".").args(login).stdin(TOKEN).ok();
    }
    // Origins are kept in the order of the logins; these come first and have no use for a token.
    let file = sandbox.path("config/credentials.toml");
    let stored = std::fs::read_to_string(&file).expect("it is there");
    let gone = "[\"http://127.0.0.1:1\"]\ntoken = \"x\"\n[\"http://hub.example\"]\ntoken = \"x\"\n";
    std::fs::write(&file, format!("{gone}{stored}")).expect("it can be written");
    let status = sandbox.muse(".").args(["auth", "status"]).run();
    for what in ["ada (scope write)", "grace (scope write)"] {
        assert!(status.stdout.contains(what), "{status}");
    }
    for what in ["http://127.0.0.1:1: ", "http://hub.example: "] {
        assert!(status.stderr.contains(what), "{status}");
    }
    assert_ne!(status.code, Some(0), "{status}");
}
