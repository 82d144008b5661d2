//! The harness itself: a cluster comes and goes, and every database in it is fresh.

use muse_e2e::harness::{Backend, Cluster, Database};

#[test]
fn a_cluster_is_gone_with_its_value() {
    if !Backend::Distributed.is_available() {
        return;
    }
    let cluster = Cluster::start().expect("PostgreSQL starts");
    let socket = cluster
        .url()
        .rsplit('@')
        .next()
        .expect("the URL has a host");
    let folder = std::path::PathBuf::from(socket.replace("%2F", "/"));
    assert!(folder.join("data").is_dir());
    drop(cluster);
    assert!(!folder.exists());
}

#[test]
fn databases_of_one_cluster_are_apart() {
    if !Backend::Distributed.is_available() {
        return;
    }
    let (one, two) = (Database::create(), Database::create());
    assert_ne!(one.url(), two.url());
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    one.query("CREATE TABLE t AS SELECT 1 AS x; SELECT count(*) FROM t");
    assert_eq!(one.query(tables), "1");
    assert_eq!(two.query(tables), "0");
}
