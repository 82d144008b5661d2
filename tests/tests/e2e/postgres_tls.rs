//! PostgreSQL over TLS, as a pooler that ends it in front of the database speaks it.

use std::io;
use std::sync::Arc;

use muse_e2e::harness::{Backend, Database, Scenario};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// What asks for TLS, before anything else is said.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// An authority, and the certificate that it has given a pooler.
struct Certificates {
    authority: String,
    acceptor: TlsAcceptor,
}

impl Certificates {
    /// For a pooler of this name.
    fn of(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&key).expect("a certificate");
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new([name.to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, &issuer).expect("signed");
        let private_key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the usual versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private_key)
            .expect("they belong together");
        Self {
            authority: authority.pem(),
            acceptor: Arc::new(config).into(),
        }
    }
}

/// Passes connections on to the database's socket, those with TLS alone.
async fn pool(listener: TcpListener, socket: String, acceptor: TlsAcceptor) -> io::Result<()> {
    loop {
        let (client, _) = listener.accept().await?;
        let (socket, acceptor) = (socket.clone(), acceptor.clone());
        tokio::spawn(async move { pass_on(client, &socket, acceptor).await });
    }
}

async fn pass_on(mut client: TcpStream, socket: &str, acceptor: TlsAcceptor) -> io::Result<()> {
    let mut first = [0; 8];
    client.read_exact(&mut first).await?;
    if first != SSL_REQUEST {
        return Ok(());
    }
    client.write_all(b"S").await?;
    let mut client = acceptor.accept(client).await?;
    let mut database = UnixStream::connect(socket).await?;
    copy_bidirectional(&mut client, &mut database).await?;
    Ok(())
}

#[test]
fn sslmode_says_who_is_believed() {
    let has_postgres = Backend::Distributed.is_available();
    if !has_postgres {
        return;
    }
    let scenario = Scenario::new(Backend::Embedded);
    let database = Database::create();
    let url = database.url();
    let (socket, name) = parts(&url);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let start = |certificates: &Certificates| {
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"));
        let listener = listener.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        runtime.spawn(pool(
            listener,
            socket.clone(),
            certificates.acceptor.clone(),
        ));
        port
    };
    let (named, misnamed) = (
        Certificates::of("localhost"),
        Certificates::of("db.example"),
    );
    let root = |name: &str, certificates: &Certificates| {
        let path = scenario.sandbox().write(name, &certificates.authority);
        path.display().to_string()
    };
    let (named_root, misnamed_root) = (root("named.pem", &named), root("misnamed.pem", &misnamed));
    let (named, misnamed) = (start(&named), start(&misnamed));
    let migrate = |port: u16, parameters: &str| {
        let url = format!("postgres://postgres@localhost:{port}/{name}?{parameters}");
        scenario.admin(&["migrate", "--database", &url])
    };
    for (port, parameters) in [
        (named, String::new()),
        (named, "sslmode=require".to_owned()),
        (
            named,
            format!("sslmode=verify-full&sslrootcert={named_root}"),
        ),
        (
            misnamed,
            format!("sslmode=verify-ca&sslrootcert={misnamed_root}"),
        ),
        (
            misnamed,
            format!("sslmode=require&sslrootcert={misnamed_root}"),
        ),
    ] {
        migrate(port, &parameters).ok();
    }
    for (port, parameters, reason) in [
        // The pooler takes nobody without TLS.
        (
            named,
            "sslmode=disable".to_owned(),
            "cannot open the database",
        ),
        (
            misnamed,
            format!("sslmode=verify-full&sslrootcert={misnamed_root}"),
            "not valid for name",
        ),
        (
            named,
            format!("sslmode=verify-ca&sslrootcert={misnamed_root}"),
            "invalid peer certificate",
        ),
        (
            named,
            "sslmode=verify-full".to_owned(),
            "invalid peer certificate",
        ),
        (named, "sslmode=verify-ca".to_owned(), "sslrootcert"),
        (
            named,
            "sslmode=verify-ca&sslrootcert=/no/such".to_owned(),
            "/no/such",
        ),
    ] {
        migrate(port, &parameters).fails(1).says(reason);
    }
}

/// The socket's path and the database's name in the URL of a database of the tests.
fn parts(url: &str) -> (String, String) {
    let (_, rest) = url.split_once('@').expect("a user");
    let (directory, name) = rest.split_once('/').expect("a database");
    let directory = directory.replace("%2F", "/");
    (format!("{directory}/.s.PGSQL.5432"), name.to_owned())
}
