//! Promises of `wire/PROTOCOL.md` that the real client does not put to the test.

use muse_e2e::harness::{Forgery, Scenario, key_of};
use muse_e2e::on_both_backends;
use muse_wire::api::job::{JobState, JobStatus};
use muse_wire::api::push::{Force, RefUpdate};
use muse_wire::id::ObjectId;
use muse_wire::name::RefName;
use reqwest::Method;

on_both_backends!(
    unpacking_what_was_never_uploaded,
    the_same_request_gives_the_same_job,
    ranges_of_objects,
    malformed_requests_get_problems,
    health_is_reported,
);

fn forged() -> (Forgery, [RefUpdate; 1]) {
    let mut forgery = Forgery::default();
    let tip = forgery.commit(&[("a", b"0123456789"), ("b", b"")], &[]);
    let update = RefUpdate {
        name: RefName::branch("main").expect("a valid name"),
        old: None,
        new: Some(tip),
        force: Force::No,
        delete_default_branch: false,
    };
    (forgery, [update])
}

fn unpacking_what_was_never_uploaded(scenario: &Scenario) {
    scenario.create_repo("repo");
    let (forgery, updates) = forged();
    let answer = scenario
        .api("repo")
        .unpack(key_of(&forgery.bytes()), &updates);
    assert_eq!(answer.status, 422);
    assert_eq!(answer.problem_code(), "mpack_not_uploaded");
}

fn the_same_request_gives_the_same_job(scenario: &Scenario) {
    scenario.create_repo("repo");
    let api = scenario.api("repo");
    let (forgery, updates) = forged();
    let mpack = forgery.bytes();
    let key = key_of(&mpack);
    api.upload(&mpack, key, &updates)
        .expect("the upload is taken");
    let first = api.unpack(key, &updates);
    assert_eq!(first.status, 202);
    assert!(first.headers.contains_key("location"));
    let first: JobStatus = first.json();
    let second: JobStatus = api.unpack(key, &updates).json();
    assert_eq!(first.job_id, second.job_id);
    let done = api.wait(&first.poll_url);
    assert_eq!(done.status, JobState::Done, "{done:?}");
    assert!(!done.timings.is_empty());
    let third: JobStatus = api.unpack(key, &updates).json();
    assert_eq!((third.job_id, third.status), (first.job_id, JobState::Done));
}

fn ranges_of_objects(scenario: &Scenario) {
    scenario.create_repo("repo");
    let api = scenario.api("repo");
    let (forgery, updates) = forged();
    let status = api.push(&forgery.bytes(), &updates);
    assert_eq!(status.status, JobState::Done, "{status:?}");
    let path = format!("objects/{}", ObjectId::of(b"0123456789"));
    let range = |range: &str| api.send(api.request(Method::GET, &path).header("range", range));
    for (asked, status, body) in [
        ("bytes=2-4", 206, "234"),
        ("bytes=7-", 206, "789"),
        ("bytes=-3", 206, "789"),
        ("bytes=0-99", 206, "0123456789"),
    ] {
        let answer = range(asked);
        assert_eq!(
            (answer.status, &*String::from_utf8_lossy(&answer.body)),
            (status, body),
            "{asked}"
        );
    }
    assert_eq!(range("bytes=10-").status, 416);
    assert_eq!(api.get(&path).body, b"0123456789");
    let empty = api.get(&format!("objects/{}", ObjectId::of(b"")));
    assert_eq!((empty.status, empty.body.len()), (200, 0));
    let head = api.send(api.request(Method::HEAD, &path));
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.headers["content-length"], "10");
}

fn malformed_requests_get_problems(scenario: &Scenario) {
    scenario.create_repo("repo");
    let api = scenario.api("repo");
    let post = |path: &str, media_type: &str, body: &[u8]| {
        let request = api.request(Method::POST, path);
        api.send(
            request
                .header("content-type", media_type)
                .body(body.to_vec()),
        )
    };
    for (body, media_type, status) in [
        (&b"\xc1"[..], "application/msgpack", 400),
        (b"", "application/msgpack", 400),
        // A list of four thousand million elements, announced and not sent.
        (
            b"\x82\xa4want\xdd\xff\xff\xff\xff",
            "application/msgpack",
            400,
        ),
        (b"{\"want\": 7}", "application/json", 400),
        (b"<want/>", "application/xml", 415),
    ] {
        let answer = post("fetch/mpack", media_type, body);
        assert_eq!(
            answer.status,
            status,
            "{}",
            String::from_utf8_lossy(&answer.body)
        );
        answer.problem_code();
    }
    let huge = vec![b' '; 5 << 20];
    assert_eq!(post("negotiate", "application/json", &huge).status, 413);
    assert_eq!(api.send(api.request(Method::DELETE, "refs")).status, 405);
    for path in [
        "/..%2f..%2fetc/passwd/refs",
        "/ada/repo/nothing",
        "/ada",
        "/%00/x/refs",
        "/blobs/uploads/x",
    ] {
        let status = api.get(path).status;
        assert!((400..500).contains(&status), "{path}: {status}");
    }
}

fn health_is_reported(scenario: &Scenario) {
    let api = scenario.api("none").with_token(None);
    assert_eq!(api.get("/healthz").status, 200);
    assert_eq!(api.get("/readyz").status, 200);
}
