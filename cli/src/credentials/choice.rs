//! Which token goes to a server, if any: a token for one host is never shown to another, nor to
//! everybody on the way.

use super::Credentials;
use crate::secret::Secret;
use crate::transport::ServerUrl;

/// The user's tokens, and where they may go.
#[derive(Clone, Copy, Default)]
pub struct TokenSources<'a> {
    /// `MUSE_TOKEN`.
    pub given: Option<&'a Secret>,
    /// `MUSE_HOST`: the only server that the given token is for, as `HOST` or `HOST:PORT`.
    pub given_for: Option<&'a str>,
    /// What `muse auth login` stored.
    pub stored: Option<&'a Credentials>,
    /// What the user's credential helper keeps for this server. It is asked only where a token may
    /// go, and nothing else has one.
    pub helper: Option<&'a dyn Fn() -> Option<Secret>>,
    /// Whether the user lets a token travel to this server without encryption.
    pub plain_http_allowed: bool,
}

/// A token for a server, or the reason why there is none although there could be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenChoice {
    /// The token to send.
    pub token: Option<Secret>,
    /// Why a token is not sent.
    pub withheld: Option<Withheld>,
}

/// Why a token is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withheld {
    /// `MUSE_HOST` names another server.
    OtherHost,
    /// The connection is neither encrypted nor to this machine.
    PlainHttp,
}

impl TokenSources<'_> {
    /// The token for `server`: the given one, else the one that is stored for its origin, else the
    /// helper's.
    pub fn choose(&self, server: &ServerUrl) -> TokenChoice {
        let is_meant = self.given_for.is_none_or(|host| server.is_at(host));
        let given = self.given.filter(|_| is_meant).cloned();
        let token = given.or_else(|| self.stored?.token(&server.origin()));
        let is_plain = !server.is_private() && !self.plain_http_allowed;
        match token {
            Some(_) if is_plain => TokenChoice {
                token: None,
                withheld: Some(Withheld::PlainHttp),
            },
            token => {
                let helper = self.helper.filter(|_| token.is_none() && !is_plain);
                let token = token.or_else(|| helper?());
                let is_withheld = token.is_none() && self.given.is_some();
                TokenChoice {
                    token,
                    withheld: is_withheld.then_some(Withheld::OtherHost),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn server(url: &str) -> ServerUrl {
        ServerUrl::parse(url).expect("valid")
    }

    /// `sent`, or why not.
    fn chosen(url: &str, given_for: Option<&str>, plain_http_allowed: bool) -> &'static str {
        let given = Secret::new("given");
        let sources = TokenSources {
            given: Some(&given),
            given_for,
            stored: None,
            helper: None,
            plain_http_allowed,
        };
        let choice = sources.choose(&server(url));
        match choice.withheld {
            None => choice.token.map_or("nothing", |_| "sent"),
            Some(Withheld::OtherHost) => "other host",
            Some(Withheld::PlainHttp) => "plain http",
        }
    }

    #[test]
    fn without_a_host_the_token_goes_over_https_and_to_this_machine() {
        assert_eq!(chosen("https://hub.example", None, false), "sent");
        for loopback in ["127.0.0.1:8765", "127.9.9.9", "[::1]:8765", "localhost:1"] {
            assert_eq!(chosen(&format!("http://{loopback}"), None, false), "sent");
        }
        for plain in ["hub.example", "10.0.0.1", "[fe80::1]", "localhost.example"] {
            let url = format!("http://{plain}");
            assert_eq!(chosen(&url, None, false), "plain http");
            assert_eq!(chosen(&url, None, true), "sent");
        }
    }

    #[test]
    fn with_a_host_the_token_goes_there_alone() {
        let to = |url, host| chosen(url, Some(host), false);
        assert_eq!(to("https://hub.example", "hub.example"), "sent");
        assert_eq!(to("https://hub.example", "HUB.example"), "sent");
        assert_eq!(to("https://hub.example:8443", "hub.example"), "sent");
        assert_eq!(to("https://hub.example", "hub.example:443"), "sent");
        assert_eq!(
            to("https://hub.example:8443", "hub.example:443"),
            "other host"
        );
        assert_eq!(to("https://example", "hub.example"), "other host");
        assert_eq!(
            to("https://hub.example.evil.example", "hub.example"),
            "other host"
        );
        assert_eq!(to("http://127.0.0.1:8765", "hub.example"), "other host");
        assert_eq!(to("http://[::1]:8765", "[::1]:8765"), "sent");
        // A host makes the connection no safer.
        assert_eq!(to("http://hub.example", "hub.example"), "plain http");
        assert_eq!(
            chosen("http://hub.example", Some("hub.example"), true),
            "sent"
        );
    }

    #[test]
    fn a_stored_token_goes_to_its_own_origin_alone() {
        let home = tempfile::tempdir().expect("temporary directory");
        let mut stored = Credentials::load(home.path()).expect("empty");
        for origin in ["https://hub.example", "http://plain.example"] {
            let token = Secret::new(origin);
            stored.store(origin, &token).expect("stored");
        }
        let given = Secret::new("given");
        let choose = |url, given| {
            let sources = TokenSources {
                given,
                given_for: Some("elsewhere.example"),
                stored: Some(&stored),
                helper: None,
                plain_http_allowed: false,
            };
            sources.choose(&server(url))
        };
        let token = Some(Secret::new("https://hub.example"));
        let own = TokenChoice {
            token,
            withheld: None,
        };
        assert_eq!(choose("https://hub.example", None), own);
        // What is given is for another host, so it does not win.
        assert_eq!(choose("https://hub.example", Some(&given)), own);
        assert_eq!(
            choose("https://hub.example:8443", None),
            TokenChoice::default()
        );
        assert_eq!(choose("http://hub.example", None), TokenChoice::default());
        let plain = choose("http://plain.example", None);
        assert_eq!(plain.withheld, Some(Withheld::PlainHttp));
        assert_eq!(plain.token, None);
    }

    #[test]
    fn a_helper_is_asked_last_and_only_where_a_token_may_go() {
        let asked = Cell::new(0);
        let helper = || {
            asked.set(asked.get() + 1);
            Some(Secret::new("helper"))
        };
        let given = Secret::new("given");
        let choose = |url, given, plain_http_allowed| {
            let sources = TokenSources {
                given,
                given_for: None,
                stored: None,
                helper: Some(&helper),
                plain_http_allowed,
            };
            sources.choose(&server(url)).token
        };
        let own = Some(Secret::new("helper"));
        assert_eq!(choose("https://hub.example", None, false), own);
        assert_eq!(choose("http://hub.example", None, true), own);
        assert_eq!(asked.get(), 2);
        let from_environment = choose("https://hub.example", Some(&given), false);
        assert_eq!(from_environment, Some(given.clone()));
        assert_eq!(choose("http://hub.example", None, false), None);
        assert_eq!(asked.get(), 2);
    }
}
