//! What the process counts, at an address of its own.

use hyper::StatusCode;

use super::{Hub, RequestExt as _};

/// What `/metrics` gives at the address for it.
async fn metrics(hub: &Hub) -> String {
    let address = hub.server.metrics_addr().expect("it has an address");
    let answer = hub.client.get(format!("http://{address}/metrics")).answer();
    let answer = answer.await;
    assert_eq!(answer.status(), StatusCode::OK);
    let media_type = &answer.headers()["content-type"];
    assert_eq!(media_type, "text/plain; version=0.0.4; charset=utf-8");
    answer.text().await.expect("text")
}

#[tokio::test]
async fn requests_are_counted_by_route_and_status() {
    let hub = Hub::start_with(|config| {
        config.metrics_listen = Some("127.0.0.1:0".to_owned());
    })
    .await;
    assert_eq!(hub.get("/ada/open/refs").status().await, 200);
    assert_eq!(hub.get("/ada/closed/refs").status().await, 404);
    assert_eq!(hub.get("/no/such/path/here").status().await, 404);
    // Clients do not reach them.
    assert_eq!(hub.get("/metrics").status().await, 404);
    let text = metrics(&hub).await;
    for line in [
        "musehub_http_request_seconds_count{route=\"/{owner}/{slug}/refs\",method=\"GET\",\
         status=\"200\"} 1",
        "musehub_http_request_seconds_count{route=\"/{owner}/{slug}/refs\",method=\"GET\",\
         status=\"404\"} 1",
        "musehub_http_request_seconds_count{route=\"none\",method=\"GET\",status=\"404\"} 2",
        "musehub_jobs{kind=\"unpack\",state=\"pending\"} 0",
        "musehub_job_wait_seconds{kind=\"unpack\"} 0",
        "musehub_database_connections{state=\"limit\"}",
        "musehub_http_sent_bytes_total",
        "# HELP musehub_http_request_seconds until an answer",
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
}
