//! Where log lines and traces go: lines to stderr, and the spans of requests and jobs to an
//! OpenTelemetry collector, if there is one.

use std::io;
use std::time::Duration;

use musehub::config::arguments::{LOG_VARIABLE, LogFormat};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Subscriber;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, fmt, registry};
use url::Url;

/// The service that spans are sent as.
const SERVICE: &str = "musehub";

/// How long the end of the process waits for a collector.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(5);

/// The log of this process, until it is dropped: then the last spans are sent.
pub(crate) struct Log(Option<SdkTracerProvider>);

impl Log {
    /// From now on, events are logged, and spans are sent to the collector at `otlp_endpoint`.
    ///
    /// # Errors
    /// Where the collector's address cannot be used. Whether it answers is not known yet.
    pub(crate) fn start(
        format: LogFormat,
        otlp_endpoint: Option<&Url>,
    ) -> Result<Self, ExporterBuildError> {
        let filter = EnvFilter::builder()
            .with_env_var(LOG_VARIABLE)
            .try_from_env()
            .unwrap_or_else(|_| EnvFilter::new("info"));
        let provider = otlp_endpoint.map(provider).transpose()?;
        let traces = provider.as_ref().map(|provider| {
            tracing_opentelemetry::layer()
                .with_tracer(provider.tracer(SERVICE))
                .with_location(false)
                .with_threads(false)
        });
        registry()
            .with(filter)
            .with(lines(format))
            .with(traces)
            .init();
        Ok(Self(provider))
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if let Some(provider) = &self.0 {
            // A collector that is away is no reason not to end.
            let _ = provider.shutdown_with_timeout(FLUSH_TIMEOUT);
        }
    }
}

fn lines<S>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let lines = fmt::layer().with_writer(io::stderr);
    match format {
        LogFormat::Text => Box::new(lines.with_ansi(false)),
        LogFormat::Json => Box::new(lines.json()),
    }
}

fn provider(endpoint: &Url) -> Result<SdkTracerProvider, ExporterBuildError> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_endpoint(endpoint.as_str())
        .build()?;
    let resource = Resource::builder().with_service_name(SERVICE).build();
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource)
        .build())
}
