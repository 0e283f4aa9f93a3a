//! The metrics as text, by `prometheus-client`.

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet, prometheus_text, text as openmetrics_text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use super::metric::{Metric, Number, Series};
use super::scraper::Scrape;

/// A form of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Version 1.0, for HTTP.
    OpenMetrics,
    /// The older one, which `node_exporter` reads from files.
    Prometheus,
}

/// The labels of one series.
type Labels = Vec<(String, String)>;

/// The series of one metric.
#[derive(Debug)]
struct Family {
    name: String,
    help: String,
    is_counter: bool,
    series: Vec<(Labels, Number)>,
}

/// The metrics of one scrape.
#[derive(Debug)]
struct Families(Vec<Family>);

/// Returns the text of all metrics.
pub(super) fn text(metrics: &[Metric], scrapes: &[Scrape], form: Form) -> String {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Families(families(metrics, scrapes))));
    let mut text = String::new();
    let encoded = match form {
        Form::OpenMetrics => openmetrics_text::encode(&mut text, &registry),
        Form::Prometheus => prometheus_text::encode(&mut text, &registry),
    };
    // Writing to a string does not fail.
    debug_assert!(encoded.is_ok());
    text
}

fn families(metrics: &[Metric], scrapes: &[Scrape]) -> Vec<Family> {
    // Prometheus itself adds the address of the exporter.
    let has_targets = scrapes.len() > 1;
    let labels = |scrape: &Scrape, more: Option<(&str, &str)>| {
        let target = has_targets.then(|| ("target".to_owned(), scrape.label.clone()));
        target
            .into_iter()
            .chain(more.map(|(name, value)| (name.to_owned(), value.to_owned())))
            .collect::<Labels>()
    };
    let of_metric = |(index, metric): (usize, &Metric)| {
        let series = scrapes.iter().flat_map(|scrape| {
            let found = scrape.series[index].iter().flatten();
            found.map(|Series { key, number }| {
                (labels(scrape, key.as_deref().map(|key| (metric.label.as_str(), key))), *number)
            })
        });
        let docs = scrapes.iter().filter_map(|scrape| scrape.docs.get(index));
        let help = docs.map(|docs| first_line(docs)).find(|docs| !docs.is_empty());
        Family {
            name: metric.name.clone(),
            help: help.map_or_else(|| metric.code.clone(), |help| format!("{help} ({})", metric.code)),
            is_counter: metric.is_counter,
            series: series.collect(),
        }
    };
    let gauge = |name: &str, help: &str, series| Family {
        name: name.to_owned(),
        help: help.to_owned(),
        is_counter: false,
        series,
    };
    let up = scrapes.iter().map(|scrape| (labels(scrape, None), Number::Int(scrape.is_up.into())));
    let failed = scrapes.iter().flat_map(|scrape| {
        metrics.iter().zip(&scrape.series).map(|(metric, series)| {
            let name = metric.full_name();
            (labels(scrape, Some(("metric", &name))), Number::Int(series.is_none().into()))
        })
    });
    let own = [
        gauge("manhole_up", "Whether the application answers.", up.collect()),
        gauge("manhole_metric_failed", "Whether there is no value of a metric.", failed.collect()),
    ];
    metrics.iter().enumerate().map(of_metric).chain(own).collect()
}

/// Returns the first line, without its period.
fn first_line(docs: &str) -> &str {
    docs.lines().next().unwrap_or_default().trim().trim_end_matches('.')
}

impl Collector for Families {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for Family { name, help, is_counter, series } in &self.0 {
            let kind = if *is_counter { MetricType::Counter } else { MetricType::Gauge };
            let mut family = encoder.encode_descriptor(name, help, None, kind)?;
            for (labels, number) in series {
                let mut metric = family.encode_family(labels)?;
                match *number {
                    // A counter is never negative.
                    Number::Int(value) if *is_counter => {
                        metric.encode_counter::<NoLabelSet, _, f64>(&value.unsigned_abs(), None)?;
                    }
                    Number::Float(value) if *is_counter => {
                        metric.encode_counter::<NoLabelSet, _, f64>(&value, None)?;
                    }
                    Number::Int(value) => metric.encode_gauge(&value)?,
                    Number::Float(value) => metric.encode_gauge(&value)?,
                }
            }
        }
        Ok(())
    }
}
