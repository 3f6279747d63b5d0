//! Cutting a template down to what its difference needs.

use serde_json::Value;

use super::compare::{Difference, Verdict, compare};
use super::sides::{Input, Translator};

/// Questions that one template may cost.
const PATIENCE: usize = 1500;

/// A step into a value.
#[derive(Clone)]
enum Step {
    Key(String),
    Index(usize),
}

/// The smallest template found that still shows a difference of the same kind.
pub(super) fn shrink(
    input: &Input,
    wanted: &Difference,
    translator: &mut Translator,
) -> Result<(Input, Difference), String> {
    let (mut best, mut last) = (input.clone(), wanted.clone());
    let mut patience = PATIENCE;
    loop {
        let mut smaller = false;
        // From the outside in: a whole resource goes before its properties are looked at.
        let mut index = 0;
        loop {
            let all = places(&best.template);
            let Some(place) = all.get(index) else { break };
            let mut gone = false;
            for lift in [false, true] {
                let mut candidate = best.clone();
                let changed = if lift {
                    lifted(&mut candidate.template, place)
                } else {
                    remove(&mut candidate.template, place)
                };
                if !changed {
                    continue;
                }
                patience = patience.saturating_sub(1);
                if patience == 0 {
                    return Ok((best, last));
                }
                let verdict = compare(&candidate, translator)?;
                if let Verdict::Compared { difference: Some(found), .. } = verdict
                    && found.kind() == wanted.kind()
                {
                    (best, last, gone, smaller) = (candidate, found, true, true);
                    break;
                }
            }
            if !gone {
                index += 1;
            }
        }
        if !smaller {
            return Ok((best, last));
        }
    }
}

/// Every place in a value, those nearest to the root first.
fn places(root: &Value) -> Vec<Vec<Step>> {
    let mut all: Vec<Vec<Step>> = Vec::new();
    let mut level: Vec<(Vec<Step>, &Value)> = vec![(Vec::new(), root)];
    while !level.is_empty() {
        let mut below = Vec::new();
        for (path, value) in level {
            let inner: Vec<(Step, &Value)> = match value {
                Value::Object(members) => members.iter().map(|(k, v)| (Step::Key(k.clone()), v)).collect(),
                Value::Array(items) => items.iter().enumerate().map(|(i, v)| (Step::Index(i), v)).collect(),
                _ => Vec::new(),
            };
            for (step, value) in inner {
                let mut path = path.clone();
                path.push(step);
                all.push(path.clone());
                below.push((path, value));
            }
        }
        level = below;
    }
    all
}

fn at<'a>(mut value: &'a mut Value, path: &[Step]) -> Option<&'a mut Value> {
    for step in path {
        value = match step {
            Step::Key(key) => value.get_mut(key)?,
            Step::Index(index) => value.get_mut(index)?,
        };
    }
    Some(value)
}

/// Takes the place out.
fn remove(root: &mut Value, path: &[Step]) -> bool {
    let Some((last, parents)) = path.split_last() else { return false };
    match (at(root, parents), last) {
        (Some(Value::Object(members)), Step::Key(key)) => members.shift_remove(key).is_some(),
        (Some(Value::Array(items)), Step::Index(index)) if *index < items.len() => {
            items.remove(*index);
            true
        }
        _ => false,
    }
}

/// Puts a plain text where a map or list is.
fn lifted(root: &mut Value, path: &[Step]) -> bool {
    match at(root, path) {
        Some(value) if (value.is_object() || value.is_array()) && path.len() > 3 => {
            *value = Value::from("x");
            true
        }
        _ => false,
    }
}
