//! Reading, expanding and emitting by themselves, on templates made in memory.
//!
//! `cargo bench -p samc-tests`. What a user waits for is timed by `tests/bench/whole.py`.

use std::fmt::Write;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use samc_tests::pipeline::stages;

/// Numbers of functions: an application, a large one, and one to see the slope by.
const SIZES: [usize; 3] = [10, 100, 1_000];

/// A SAM template with as many functions, each with a route, a table to write and settings.
fn template(functions: usize) -> String {
    let mut text = String::from(
        "Transform: AWS::Serverless-2016-10-31\n\
         Globals: {Function: {Runtime: python3.13, Timeout: 20, CodeUri: src/}}\n\
         Resources:\n  Orders:\n    Type: AWS::Serverless::SimpleTable\n",
    );
    for i in 0..functions {
        let _ = write!(
            text,
            "  Worker{i}:\n    Type: AWS::Serverless::Function\n    Properties:\n      \
             Handler: app.handler{i}\n      Environment:\n        Variables:\n          \
             ORDERS: !Ref Orders\n          NAME: worker {i}\n      Policies:\n        \
             - DynamoDBWritePolicy: {{TableName: !Ref Orders}}\n      Events:\n        Call:\n          \
             Type: HttpApi\n          Properties: {{Path: '/orders/{i}/{{id}}', Method: post}}\n"
        );
    }
    text
}

fn read(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read");
    for size in SIZES {
        let text = template(size);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(size), &text, |bencher, text| {
            bencher.iter(|| stages::read(black_box(text)));
        });
    }
    group.finish();
}

fn expand(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("expand");
    for size in SIZES {
        let document = stages::read(&template(size));
        group.throughput(Throughput::Elements(size as u64));
        group.bench_with_input(BenchmarkId::from_parameter(size), &document, |bencher, document| {
            bencher.iter(|| stages::expand(black_box(document)));
        });
    }
    group.finish();
}

fn emit(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("emit");
    for size in SIZES {
        let graph = stages::expand(&stages::read(&template(size)));
        let Some(graph) = graph.map(stages::validate) else { continue };
        group.throughput(Throughput::Elements(size as u64));
        group.bench_with_input(BenchmarkId::from_parameter(size), &graph, |bencher, graph| {
            bencher.iter(|| stages::emit(black_box(graph)));
        });
    }
    group.finish();
}

/// What the largest application has: as Terraform it is to take less than a second.
const LARGEST: usize = 5_000;

/// The same graph as Terraform, with as many values of other stacks looked up.
fn terraform(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("terraform");
    for size in SIZES.into_iter().chain([LARGEST]) {
        let mut text = template(size);
        text.push_str("Outputs:\n");
        for i in 0..size {
            let _ = writeln!(text, "  Told{i}: {{Value: !ImportValue other-{i}}}");
        }
        let graph = stages::expand(&stages::read(&text));
        let Some(graph) = graph.map(stages::validate) else { continue };
        group.throughput(Throughput::Elements(size as u64));
        group.bench_with_input(BenchmarkId::from_parameter(size), &graph, |bencher, graph| {
            bencher.iter(|| stages::emit_for("terraform", black_box(graph)));
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = read, expand, emit, terraform
}
criterion_main!(benches);
