//! Reading by itself: a template of thousands of functions, JSON, aliases, and a hostile text.
//!
//! `cargo bench -p samc-syntax`.

use std::fmt::Write;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use samc_base::{Diagnostics, FileId, SourceFile};
use samc_syntax::{Document, ParseOptions, parse};

fn read(file: &SourceFile) -> Document {
    parse(file, &ParseOptions::default(), &mut Diagnostics::default())
}

/// About 1.8 MB: tags, lists, quoted text, flow mappings.
fn functions(aliases: bool) -> String {
    let mut text = String::from("Base: &base {Handler: app.handler, Runtime: python3.13}\nResources:\n");
    for i in 0..5_000 {
        let start = if aliases { "<<: *base" } else { "Handler: app.handler" };
        let _ = write!(
            text,
            "  Function{i}:\n    Type: AWS::Serverless::Function\n    Properties:\n      {start}\n      \
             Description: worker number {i}\n      Environment:\n        Variables:\n          \
             TABLE: !Ref Table\n          INDEX: '{i}'\n      Policies:\n        - DynamoDBCrudPolicy:\n            \
             TableName: !Ref Table\n      Events:\n        Call: {{Type: HttpApi, Properties: {{Path: '/{i}', Method: get}}}}\n"
        );
    }
    text
}

fn json() -> String {
    let mut text = String::from("{\"Resources\": {\"First\": {}");
    for i in 0..5_000 {
        let _ = write!(
            text,
            ",\n  \"Function{i}\": {{\"Type\": \"AWS::Lambda::Function\", \"Properties\": {{\"Handler\": \"a.b\", \
             \"Tags\": [{{\"Key\": \"n\", \"Value\": \"{i}\"}}], \"Role\": {{\"Fn::GetAtt\": [\"Role\", \"Arn\"]}}}}}}"
        );
    }
    text + "}}"
}

fn laughs() -> String {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for i in 1..10 {
        let _ = writeln!(text, "a{i}: &a{i} [{}]", vec![format!("*a{}", i - 1); 9].join(", "));
    }
    text
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    for (name, text) in [
        ("functions", functions(false)),
        ("aliases", functions(true)),
        ("json", json()),
        ("laughs", laughs()),
    ] {
        let file = SourceFile::new(FileId(0), name, text);
        group.throughput(Throughput::Bytes(file.text().len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| read(black_box(&file))));
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = bench
}
criterion_main!(benches);
