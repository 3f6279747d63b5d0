//! Whether two answers are the same, and if not, what kind of difference it is.

use serde_json::{Map, Value};

use super::sides::{Answer, Fault, Input, Translator, samc};

/// What came of one template.
pub(super) enum Verdict {
    /// The translator itself fell over, so there is nothing to compare with.
    Crashed,
    /// Both answered.
    Compared {
        /// Why the translator made no template of it, without names.
        refusal: Option<String>,
        /// How they differ.
        difference: Option<Difference>,
    },
}

/// How two answers differ.
#[derive(Clone)]
pub(super) struct Difference {
    /// The class and what it is about, without the names a template happens to have.
    class: String,
    /// What each side says, for the one who reads the case.
    pub(super) told: String,
}

impl Difference {
    /// Differences of one kind are taken to have one cause.
    pub(super) fn kind(&self) -> String {
        self.class.clone()
    }
}

/// What samc refuses and the translator does not, on purpose: how the finding begins, what it says, and why.
const DELIBERATE: [(&str, &str, &str); 8] = [
    ("E503", "", "CloudFormation refuses a malformed call of its functions, after the transform"),
    ("E602", "", "CloudFormation refuses an attribute of that shape, after the transform"),
    (
        "E105",
        "CodeUri",
        "no packager uploads the code of that type, so that a local path fails at deployment",
    ),
    ("E104", "must be a mapping written out", "the transform takes the function for a key of the mapping"),
    ("E104", "is an intrinsic function, and must be a mapping", "the same"),
    (
        "E104",
        "must be the name of a condition",
        "CloudFormation refuses another Condition, after the transform",
    ),
    ("E104", "`StageName` of", "API Gateway refuses a name that is no text"),
    (
        "E104",
        "holds a list, and must be a mapping or a list",
        "the transform takes pairs in a list for a mapping",
    ),
];

/// Whether a finding of samc is one of those.
fn is_deliberate(finding: &Fault) -> bool {
    DELIBERATE.iter().any(|(code, says, _)| {
        finding.message.strip_prefix(code).is_some_and(|message| message.contains(says))
    })
}

/// Asks both sides and compares.
pub(super) fn compare(input: &Input, translator: &mut Translator) -> Result<Verdict, String> {
    let theirs = translator.ask(input)?;
    let ours = samc(input)?;
    let refusal = match &theirs {
        Answer::Refused(faults) => Some(faults.first().map(|fault| bare(&fault.message)).unwrap_or_default()),
        Answer::Made(_) | Answer::Crashed(_) => None,
    };
    let difference = match (theirs, ours) {
        // Even where there is nothing to compare with, the compiler does not panic.
        (_, Answer::Crashed(why)) => Some(difference("panic", &[], &format!("samc panics: {why}"))),
        (Answer::Crashed(_), _) => return Ok(Verdict::Crashed),
        (Answer::Made(theirs), Answer::Made(ours)) => contents(&theirs, &ours),
        (Answer::Made(_), Answer::Refused(faults)) if faults.iter().all(is_deliberate) => None,
        (Answer::Made(_), Answer::Refused(faults)) => {
            let first = faults.first().map(|fault| bare(&fault.message)).unwrap_or_default();
            Some(difference("samc refuses", &[&first], &told(&faults)))
        }
        (Answer::Refused(faults), Answer::Made(_))
            if faults.iter().all(|f| is_local_path(f, input) || names_no_code(f, input)) =>
        {
            None
        }
        (Answer::Refused(faults), Answer::Made(_)) => {
            Some(difference("samc accepts", &[refusal.as_deref().unwrap_or_default()], &told(&faults)))
        }
        (Answer::Refused(theirs), Answer::Refused(ours)) => unnamed(&theirs, &ours, input),
    };
    Ok(Verdict::Compared { refusal, difference })
}

/// The translator takes only addresses in S3 for code; samc packages what lies beside the template.
fn is_local_path(fault: &Fault, input: &Input) -> bool {
    let (Some(id), true) = (fault.id.as_deref(), fault.message.contains("is not a valid S3 Uri")) else {
        return false;
    };
    let Some(property) = fault.message.split('\'').nth(1) else { return false };
    let written = |section: &Value| {
        let value = section.get(property).and_then(Value::as_str);
        value.is_some_and(|path| !path.starts_with("s3://"))
    };
    let resource = input.template.get("Resources").and_then(|r| r.get(id)?.get("Properties"));
    let shared = input.template.get("Globals").and_then(Value::as_object);
    resource.is_some_and(written) || shared.is_some_and(|sections| sections.values().any(written))
}

/// The translator takes a function without code for one with too much; samc packages the folder of the template, as
/// `sam build` does before the transform.
fn names_no_code(fault: &Fault, input: &Input) -> bool {
    let (Some(id), true) = (fault.id.as_deref(), fault.message.contains("'InlineCode' or 'CodeUri'")) else {
        return false;
    };
    let has_code = |section: &Value| section.get("InlineCode").or(section.get("CodeUri")).is_some();
    let resource = input.template.get("Resources").and_then(|r| r.get(id)?.get("Properties"));
    let shared = input.template.get("Globals").and_then(|globals| globals.get("Function"));
    !resource.is_some_and(has_code) && !shared.is_some_and(has_code)
}

fn difference(class: &str, about: &[&str], told: &str) -> Difference {
    Difference { class: format!("{class} {}", about.join(" ")).trim_end().to_owned(), told: told.to_owned() }
}

fn told(faults: &[Fault]) -> String {
    let lines: Vec<String> =
        faults.iter().map(|f| format!("{}: {}", f.id.as_deref().unwrap_or("-"), f.message)).collect();
    lines.join("\n")
}

/// A message without what stands in brackets and quotes.
fn bare(message: &str) -> String {
    let mut out = String::new();
    let mut until = None;
    for c in message.chars() {
        match until {
            Some(end) if c == end => until = None,
            Some(_) => {}
            None => match c {
                '[' => until = Some(']'),
                '`' => until = Some('`'),
                '\'' => until = Some('\''),
                '"' => until = Some('"'),
                '\n' => out.push(' '),
                _ => out.push(c),
            },
        }
    }
    out.chars().take(160).collect()
}

/// Both refuse; every resource that the translator names must be named by samc. Where it names a
/// resource it has made up, its maker will do, which such names begin with. A connector that it faults
/// only because an end of it was not translated is no fault of its own. What stands in Globals the
/// translator faults once for each resource that it comes to, and samc once where it stands.
fn unnamed(theirs: &[Fault], ours: &[Fault], input: &Input) -> Option<Difference> {
    let resources = input.template.get("Resources").and_then(Value::as_object)?;
    // samc names what is embedded in a resource by a name of its own that begins with the resource's.
    let names = |ours: &str, id: &str| ours == id || (ours.starts_with(id) && !resources.contains_key(ours));
    let named = |id: &str| ours.iter().filter_map(|fault| fault.id.as_deref()).any(|ours| names(ours, id));
    let follows = |fault: &Fault| {
        let text = &fault.message;
        text.contains("Unable to create connector") && text.contains("AWS::Serverless::")
    };
    let shared = input.template.get("Globals").is_some() && ours.iter().any(|fault| fault.id.is_some());
    let missing = theirs
        .iter()
        .filter(|fault| !follows(fault) && !shared && !is_local_path(fault, input))
        .find(|fault| match fault.id.as_deref() {
            Some(id) if resources.contains_key(id) => !named(id),
            Some(id) => {
                let mut makers = resources.keys().filter(|r| id.starts_with(r.as_str())).peekable();
                makers.peek().is_some() && !named(id) && !makers.any(|r| named(r))
            }
            None => false,
        })?;
    let about = bare(&missing.message);
    Some(difference("samc does not name", &[&about], &format!("{}\nsamc:\n{}", told(theirs), told(ours))))
}

/// The first place where two templates differ: in content, or else in the order of a list.
fn contents(theirs: &Value, ours: &Value) -> Option<Difference> {
    let (theirs, ours) = (&without_chance(theirs), &without_chance(ours));
    if theirs == ours {
        return None;
    }
    let (sorted_theirs, sorted_ours) = (ordered(theirs), ordered(ours));
    let (class, theirs, ours) = if sorted_theirs == sorted_ours {
        ("order", theirs, ours)
    } else {
        ("content", &sorted_theirs, &sorted_ours)
    };
    let mut path = Vec::new();
    let (theirs, ours) = first(theirs, ours, &mut path);
    let show = |side: Option<&Value>| {
        side.map_or("nothing".to_owned(), |v| v.to_string().chars().take(600).collect())
    };
    let about: Vec<&str> = kind_of(&path);
    Some(difference(
        class,
        &about,
        &format!("at {}\ntranslator: {}\nsamc: {}", path.join("."), show(theirs), show(ours)),
    ))
}

/// The template with what a bucket waits for in order: the translator keeps that in a set, whose order
/// in Python changes from run to run.
fn without_chance(template: &Value) -> Value {
    let mut template = template.clone();
    let resources = template.get_mut("Resources").and_then(Value::as_object_mut);
    for resource in resources.into_iter().flat_map(|resources| resources.values_mut()) {
        if resource.get("Type").and_then(Value::as_str) == Some("AWS::S3::Bucket")
            && let Some(Value::Array(names)) = resource.get_mut("DependsOn")
        {
            names.sort_by_cached_key(Value::to_string);
        }
    }
    template
}

/// The path without the names of the author, as far as they can be told from CloudFormation's.
fn kind_of(path: &[String]) -> Vec<&str> {
    let skip = if path.first().is_some_and(|p| p == "Resources") { 2 } else { 0 };
    path.iter().skip(skip).map(String::as_str).filter(|p| p.parse::<usize>().is_err()).take(5).collect()
}

/// Goes down to the first difference. The type of a resource stands in the path after its id.
fn first<'a>(
    theirs: &'a Value,
    ours: &'a Value,
    path: &mut Vec<String>,
) -> (Option<&'a Value>, Option<&'a Value>) {
    match (theirs, ours) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, value) in a {
                match b.get(key) {
                    Some(other) if other == value => {}
                    other => return step(key, Some(value), other, path),
                }
            }
            for (key, value) in b {
                if !a.contains_key(key) {
                    return step(key, None, Some(value), path);
                }
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            for index in 0..a.len().max(b.len()) {
                if a.get(index) != b.get(index) {
                    return step(&index.to_string(), a.get(index), b.get(index), path);
                }
            }
        }
        _ => {}
    }
    (Some(theirs), Some(ours))
}

fn step<'a>(
    key: &str,
    theirs: Option<&'a Value>,
    ours: Option<&'a Value>,
    path: &mut Vec<String>,
) -> (Option<&'a Value>, Option<&'a Value>) {
    path.push(key.to_owned());
    if path.len() == 2 && path.first().is_some_and(|p| p == "Resources") {
        let kind = theirs.or(ours).and_then(|r| r.get("Type")).and_then(Value::as_str).unwrap_or_default();
        path.push(kind.to_owned());
    }
    match (theirs, ours) {
        (Some(theirs), Some(ours)) => first(theirs, ours, path),
        (theirs, ours) => (theirs, ours),
    }
}

/// The value with every list sorted: the order of statements and mappings means nothing to AWS.
fn ordered(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(ordered).collect();
            items.sort_by_cached_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(members) => {
            let mut sorted: Vec<(&String, Value)> = members.iter().map(|(k, v)| (k, ordered(v))).collect();
            sorted.sort_by(|a, b| a.0.cmp(b.0));
            Value::Object(sorted.into_iter().map(|(k, v)| (k.clone(), v)).collect::<Map<_, _>>())
        }
        _ => value.clone(),
    }
}
