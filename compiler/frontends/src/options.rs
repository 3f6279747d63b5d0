//! What a compilation takes beside the document. Nothing below the driver asks the machine.

use indexmap::IndexMap;
use samc_ir::LeftOut;

/// The settings of a run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The day, as `YYYY-MM-DD`, for rules about dates.
    pub today: String,
    /// The region, such as `eu-central-1`; the partition follows from it.
    pub region: String,
    /// True where the user named the region, so that it may stand in the output as text.
    pub region_given: bool,
    /// The stage of app.yaml or the environment of a configuration file.
    pub stage: Option<String>,
    /// Values of CloudFormation parameters (`--param`).
    pub parameters: IndexMap<String, String>,
    /// Values of compile-time variables (`--var`).
    pub variables: IndexMap<String, String>,
    /// Where the templates of applications of the Serverless Application Repository are, by
    /// application id (`--sar-template`): a path from the folder of the input, or a URL.
    pub repository_templates: IndexMap<String, String>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            today: "2026-01-01".to_owned(),
            region: "us-east-1".to_owned(),
            region_given: false,
            stage: None,
            parameters: IndexMap::new(),
            variables: IndexMap::new(),
            repository_templates: IndexMap::new(),
        }
    }
}

impl Options {
    /// The AWS partition of the region: `aws`, `aws-cn`, `aws-us-gov`, and those of the isolated regions.
    /// Source: the region prefixes that aws-sam-translator 1.115.0 tells partitions by.
    pub fn partition(&self) -> &'static str {
        const PREFIXES: [(&str, &str); 7] = [
            ("cn-", "aws-cn"),
            ("us-gov", "aws-us-gov"),
            ("us-iso-", "aws-iso"),
            ("us-isob", "aws-iso-b"),
            ("eu-isoe", "aws-iso-e"),
            ("us-isof", "aws-iso-f"),
            ("eusc-", "aws-eusc"),
        ];
        let region = self.region.to_lowercase();
        PREFIXES.iter().find(|(p, _)| region.starts_with(p)).map_or("aws", |(_, partition)| partition)
    }
}

/// The files beside the input, as the driver gives them. Paths are relative to the input file.
pub trait Files {
    /// The text of a file, or a sentence that says why it cannot be had.
    fn read(&self, path: &str) -> Result<String, String>;

    /// A digest in hex of the content of a file or folder, if it is there, less what is left out.
    /// Same content, same digest.
    fn fingerprint(&self, path: &str, left_out: &LeftOut) -> Option<String>;

    /// True where a file or folder of that path is there.
    fn exists(&self, path: &str) -> bool;
}

/// No files at all, for input from elsewhere and for tests.
#[derive(Debug, Clone, Copy)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, path: &str) -> Result<String, String> {
        Err(format!("{path} is not there"))
    }

    fn fingerprint(&self, _path: &str, _left_out: &LeftOut) -> Option<String> {
        None
    }

    fn exists(&self, _path: &str) -> bool {
        false
    }
}
