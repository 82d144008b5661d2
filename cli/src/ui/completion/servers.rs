//! Servers that are known here: those of remotes, and those that tokens are stored for.

use std::collections::BTreeSet;

use clap_complete::engine::CompletionCandidate;

use super::candidate::candidate;
use super::place::Place;
use crate::credentials::Credentials;
use crate::sync::remote_url;
use crate::transport::ServerUrl;

/// Their addresses.
pub(super) fn origins(place: &Place, current: &str) -> Vec<CompletionCandidate> {
    let stored = stored(place);
    let remotes = of_remotes(place);
    let remotes = remotes.iter().map(ServerUrl::origin);
    let origins: BTreeSet<String> = stored.into_iter().chain(remotes).collect();
    let fitting = origins.into_iter().filter(|one| one.starts_with(current));
    fitting
        .map(|origin| candidate(origin, "server", "server"))
        .collect()
}

/// The hosts of remotes' servers, with their ports.
pub(super) fn hosts(place: &Place) -> BTreeSet<String> {
    let servers = of_remotes(place);
    servers.iter().map(ServerUrl::host).collect()
}

fn of_remotes(place: &Place) -> Vec<ServerUrl> {
    let Some(repository) = place.repository() else {
        return Vec::new();
    };
    let remotes = place.own_settings().remotes().into_iter();
    let urls = remotes.filter_map(|remote| remote_url(&repository, &remote.name).ok());
    urls.map(|url| url.server().clone()).collect()
}

fn stored(place: &Place) -> Vec<String> {
    let home = place.context().environment.config_home.as_ref();
    let credentials = home.and_then(|home| Credentials::load(home).ok());
    let origins = credentials.iter().flat_map(Credentials::origins);
    origins.map(str::to_owned).collect()
}
