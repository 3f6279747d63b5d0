//! Schedules: when they come, and what their targets get.

mod cron;

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use samc_schema::manifest::{Input, Source, Trigger};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;

use self::cron::Cron;
use super::directory::Directory;
use super::input::{self, Rule};
use super::listener::{Listener, name};
use super::refused::Refused;
use super::{Messaging, ScheduleState};
use crate::events::{self, Place};
use crate::{clock, ids};

/// A schedule, read.
#[derive(Debug, Clone, PartialEq)]
enum Schedule {
    Rate(Duration),
    Cron(Box<Cron>, TimeZone),
    At(Timestamp),
}

/// The longest that is slept at once, so that a clock that is set is noticed.
const NAP: Duration = Duration::from_secs(60);

impl Schedule {
    fn read(expression: &str, timezone: Option<&str>) -> Result<Schedule, String> {
        let zone = match timezone {
            None => TimeZone::UTC,
            Some(name) => TimeZone::get(name).map_err(|_| format!("there is no time zone {name:?}"))?,
        };
        let inner = |form: &str| expression.trim().strip_prefix(form)?.strip_prefix('(')?.strip_suffix(')');
        if let Some(text) = inner("rate") {
            let (number, unit) = text.trim().split_once(' ').ok_or("a rate is a number and a unit")?;
            let seconds = match unit.trim() {
                "minute" | "minutes" => 60,
                "hour" | "hours" => 3600,
                "day" | "days" => 86_400,
                other => return Err(format!("a rate has no unit {other:?}")),
            };
            let number = number.parse::<u64>().ok().filter(|number| *number > 0);
            let number = number.ok_or("a rate has a whole number from 1")?;
            let period = number.checked_mul(seconds).ok_or("a rate is not as long as that")?;
            return Ok(Schedule::Rate(Duration::from_secs(period)));
        }
        if let Some(text) = inner("cron") {
            return Ok(Schedule::Cron(Box::new(Cron::read(text)?), zone));
        }
        if let Some(text) = inner("at") {
            let time: DateTime = text.parse().map_err(|_| format!("{text:?} is no date and time"))?;
            let time = time.to_zoned_datetime(zone).map_err(|error| error.to_string())?;
            return Ok(Schedule::At(time.timestamp()));
        }
        Err(format!("{expression:?} is neither rate(…) nor cron(…) nor at(…)"))
    }

    /// When it comes next after a time; `since` is when it began.
    fn next(&self, after: Timestamp, since: Timestamp) -> Option<Timestamp> {
        match self {
            Schedule::Rate(period) => {
                let period = i64::try_from(period.as_secs()).ok()?;
                let times = after.duration_since(since).as_secs().max(0) / period + 1;
                since.checked_add(SignedDuration::from_secs(period.checked_mul(times)?)).ok()
            }
            Schedule::Cron(cron, zone) => cron.next(after, zone),
            Schedule::At(time) => (*time > after).then_some(*time),
        }
    }
}

/// What is wrong with a schedule.
pub(crate) fn fault(expression: &str, timezone: Option<&str>) -> Option<String> {
    Schedule::read(expression, timezone)
        .err()
        .map(|why| format!("its schedule {expression:?} never comes: {why}"))
}

fn of(trigger: &Trigger) -> Option<(&str, Option<&str>)> {
    match &trigger.source {
        Source::Schedule { expression, timezone, .. } => Some((expression, timezone.as_deref())),
        _ => None,
    }
}

fn now() -> Timestamp {
    let ms = i64::try_from(clock::epoch_ms()).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Waits for a schedule until it is told to stop.
pub(crate) async fn run(messaging: Messaging, listener: Arc<Listener>, mut stopped: watch::Receiver<bool>) {
    let Some((expression, timezone)) = of(&listener.trigger) else { return };
    let Ok(schedule) = Schedule::read(expression, timezone) else { return };
    let (since, started) = (now(), Instant::now());
    // The clock of the machine goes on while it sleeps and the timers stand still.
    let now = || {
        let passed = SignedDuration::try_from(started.elapsed()).unwrap_or_default();
        since.saturating_add(passed).unwrap_or(since).max(now())
    };
    let mut last = since;
    while let Some(next) = schedule.next(last, since) {
        loop {
            let left = next.duration_since(now());
            let Ok(left) = Duration::try_from(left) else { break };
            if left.is_zero() {
                break;
            }
            tokio::select! {
                () = tokio::time::sleep(left.min(NAP)) => {}
                _ = stopped.wait_for(|stopped| *stopped) => return,
            }
        }
        messaging.come(&listener, next);
        // Times that have passed, as while the machine slept, are not made up for.
        last = next.max(now());
    }
}

impl Messaging {
    /// Lets a schedule come now: the logical id of its rule or schedule. A rule with several targets comes
    /// to all of them.
    pub fn fire(&self, trigger: &str) -> Result<(), Refused> {
        let directory = self.directory();
        let mut found = directory
            .listeners
            .iter()
            .filter(|listener| listener.trigger.id == trigger && of(&listener.trigger).is_some())
            .peekable();
        if found.peek().is_none() {
            return Err(Refused::Unknown { kind: "schedule", name: trigger.to_owned() });
        }
        for listener in found {
            let payload = payload(&self.place(), &listener.trigger, now());
            self.to_target(&listener.trigger.target, payload.into(), 0)?;
            listener.count(1);
        }
        Ok(())
    }

    fn come(&self, listener: &Listener, time: Timestamp) {
        let payload = payload(&self.place(), &listener.trigger, time);
        self.hand(listener, payload.into(), 0);
    }

    pub(super) fn schedules(&self, directory: &Directory) -> Vec<ScheduleState> {
        let now = now();
        let all = directory.listeners.iter().filter_map(|listener| {
            let (expression, timezone) = of(&listener.trigger)?;
            let (to, target) = name(&listener.trigger.target);
            let next = Schedule::read(expression, timezone).ok().and_then(|schedule| schedule.next(now, now));
            let next = next.filter(|_| listener.is_on());
            Some(ScheduleState {
                id: listener.trigger.id.clone(),
                expression: expression.to_owned(),
                timezone: timezone.map(str::to_owned),
                to,
                target: target.to_owned(),
                enabled: listener.is_on(),
                clock: self.settings().clock,
                next: next.map(|next| next.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
                fault: listener.fault.clone(),
            })
        });
        all.collect()
    }
}

/// What the target gets when a schedule comes.
fn payload(place: &Place<'_>, trigger: &Trigger, time: Timestamp) -> String {
    let Source::Schedule { input, rule, .. } = &trigger.source else { return String::new() };
    let at = time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    if *rule {
        let mut event = events::schedule(place, &trigger.id);
        event["time"] = at.into();
        return input::apply(input, &event, &Rule { place, name: &trigger.id, bus: None });
    }
    let arn = place.arn("scheduler", &format!("schedule/default/{}", trigger.id));
    match input {
        Input::Constant(text) => text
            .replace("<aws.scheduler.schedule-arn>", &arn)
            .replace("<aws.scheduler.scheduled-time>", &at)
            .replace("<aws.scheduler.execution-id>", &ids::hex(16))
            .replace("<aws.scheduler.attempt-number>", "1"),
        Input::Event | Input::Path(_) | Input::Transformer(_) => without_input(place, &arn, &at).to_string(),
    }
}

/// What EventBridge Scheduler sends where no input is given. Its detail is a text.
///
/// Source: `Input` of Target in the API reference of EventBridge Scheduler says that there is a default; its form is
/// that of events which people have logged and keep as tests, such as the one with the id
/// 37666ae6-48cf-4285-b4c6-a3320b38824a (2024-06-13).
fn without_input(place: &Place<'_>, arn: &str, at: &str) -> Value {
    json!({
        "version": "0",
        "id": ids::uuid(),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": place.account,
        "time": at,
        "region": place.region,
        "resources": [arn],
        "detail": "{}",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(expression: &str, zone: Option<&str>, after: &str) -> Option<String> {
        let since = "2026-03-01T12:00:00Z".parse().unwrap();
        let schedule = Schedule::read(expression, zone).unwrap_or_else(|why| panic!("{why}"));
        schedule.next(after.parse().unwrap(), since).map(|time| time.to_string())
    }

    #[test]
    fn schedules_come_when_they_say() {
        let rate = "rate(5 minutes)";
        assert_eq!(next(rate, None, "2026-03-01T12:00:00Z").as_deref(), Some("2026-03-01T12:05:00Z"));
        assert_eq!(next(rate, None, "2026-03-01T12:05:00Z").as_deref(), Some("2026-03-01T12:10:00Z"));
        assert_eq!(next(rate, None, "2026-03-01T12:13:20Z").as_deref(), Some("2026-03-01T12:15:00Z"));
        let at = "at(2026-03-01T14:00:00)";
        assert_eq!(
            next(at, Some("Europe/Berlin"), "2026-03-01T12:00:00Z").as_deref(),
            Some("2026-03-01T13:00:00Z")
        );
        assert_eq!(next(at, None, "2026-03-01T15:00:00Z"), None);
    }

    #[test]
    fn what_never_comes_is_told() {
        for (expression, zone) in [
            ("rate(5)", None),
            ("rate(0 minutes)", None),
            ("rate(1 week)", None),
            ("rate(99999999999999999999 days)", None),
            ("every day", None),
            ("cron(* * * * * *)", None),
            ("at(tomorrow)", None),
            ("rate(1 day)", Some("Europe/Nowhere")),
        ] {
            assert!(fault(expression, zone).is_some(), "{expression}");
        }
    }
}
