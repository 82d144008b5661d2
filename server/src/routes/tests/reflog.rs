//! How refs moved, over HTTP.

use muse_wire::api::push::{Force, RefUpdate, StreamControl};
use muse_wire::api::reflog::ReflogResponse;
use reqwest::{Method, RequestBuilder};

use super::sample::{Sample, stream_body};
use super::{CLOSED, Hub, OPEN, RequestExt as _, refusal};

/// Ada's push of these updates, and of an mpack that it needs.
fn push(hub: &Hub, control: &StreamControl, mpack: &[u8]) -> RequestBuilder {
    let request = hub.request(Method::POST, &format!("{OPEN}/push/stream"));
    request.bearer(&hub.ada).body(stream_body(control, mpack))
}

#[tokio::test]
async fn moves_are_given_page_by_page_to_those_who_may_push() {
    let hub = Hub::start().await;
    let sample = Sample::new(b"contents");
    let pushed = push(&hub, &sample.control(), &sample.mpack);
    assert_eq!(pushed.status().await, 200);
    let deletion = RefUpdate {
        old: Some(sample.commit),
        new: None,
        force: Force::Always,
        delete_default_branch: true,
        ..sample.updates()[0].clone()
    };
    let control = StreamControl {
        updates: vec![deletion],
        mpack: None,
    };
    assert_eq!(push(&hub, &control, b"").status().await, 200);

    let get = |query: &str| hub.get(&format!("{OPEN}/reflog{query}")).bearer(&hub.ada);
    let all: ReflogResponse = get("").decoded().await;
    let [last, first] = all.entries.as_slice() else {
        panic!("two moves: {all:?}");
    };
    assert_eq!((first.old, first.new), (None, Some(sample.commit)));
    assert_eq!((last.old, last.new), (Some(sample.commit), None));
    assert_eq!((first.forced, last.forced), (false, true));
    assert!(first.at > 1_700_000_000, "{first:?}");
    assert_eq!(first.user.as_deref(), Some("ada"));
    assert_eq!(all.next, None);

    let newest: ReflogResponse = get("?limit=1&ref=refs%2Fheads%2Fmain").decoded().await;
    assert_eq!(newest.entries, std::slice::from_ref(last));
    let next = newest.next.expect("there is another page");
    let oldest: ReflogResponse = get(&format!("?limit=1&before={next}")).decoded().await;
    assert_eq!(oldest.entries, std::slice::from_ref(first));
    let none: ReflogResponse = get("?ref=refs/heads/dev").decoded().await;
    assert_eq!(none.entries, []);
}

#[tokio::test]
async fn who_may_only_read_gets_no_reflog() {
    let hub = Hub::start().await;
    let open = || hub.get(&format!("{OPEN}/reflog"));
    assert_eq!(open().problem().await, refusal(401, "unauthorized"));
    let refused = open().bearer(&hub.bob).problem().await;
    assert_eq!(refused, refusal(403, "forbidden"));
    let refused = open().bearer(&hub.ada_reads).problem().await;
    assert_eq!(refused, refusal(403, "forbidden"));
    let closed = hub.get(&format!("{CLOSED}/reflog")).bearer(&hub.bob);
    assert_eq!(closed.problem().await, refusal(404, "not_found"));
}

#[tokio::test]
async fn a_query_that_makes_no_sense_is_refused() {
    let hub = Hub::start().await;
    for query in ["limit=0", "limit=1001", "limit=x", "before=x", "ref=main"] {
        let request = hub.get(&format!("{OPEN}/reflog?{query}")).bearer(&hub.ada);
        assert_eq!(
            request.problem().await,
            refusal(400, "bad_request"),
            "{query}"
        );
    }
}
