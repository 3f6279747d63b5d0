//! Cron expressions as EventBridge writes them: six fields, with `L`, `W` and `#`.
//!
//! Source: "Cron expressions" in the user guides of EventBridge and EventBridge Scheduler.

use std::collections::BTreeSet;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};

/// A cron expression, read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cron {
    minutes: BTreeSet<i32>,
    hours: BTreeSet<i32>,
    days: Vec<Day>,
    months: BTreeSet<i32>,
    weekdays: Vec<Day>,
    years: BTreeSet<i32>,
}

/// A day of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    Any,
    /// Of the month, or of the week from Sunday, 1.
    Number(i32),
    /// The last of the month.
    Last,
    /// The weekday nearest to a day of the month.
    Nearest(i32),
    /// The last weekday of the month.
    LastWeekday,
    /// The last such day of the week in the month.
    LastOf(i32),
    /// Such a day of the week, for the so many-th time in the month.
    NthOf(i32, i32),
}

const MONTHS: &[&str] = &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const YEARS: (i32, i32) = (1970, 2199);
/// How far it is looked ahead: leap years come every eight years at most.
const DAYS: i32 = 366 * 250;

impl Cron {
    /// Reads what stands between the parentheses.
    pub(super) fn read(text: &str) -> Result<Cron, String> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, day, month, weekday, year] = fields[..] else {
            return Err(format!("it has {} fields, and a cron expression has 6", fields.len()));
        };
        if (day == "?") == (weekday == "?") {
            return Err("one of the day of the month and the day of the week is `?`, and only one".to_owned());
        }
        Ok(Cron {
            minutes: numbers("minutes", minutes, 0, 59, &[])?,
            hours: numbers("hours", hours, 0, 23, &[])?,
            days: days_of_month(day)?,
            months: numbers("month", month, 1, 12, MONTHS)?,
            weekdays: days_of_week(weekday)?,
            years: numbers("year", year, YEARS.0, YEARS.1, &[])?,
        })
    }

    /// When it comes next after some time. Times that a change of the clock leaves out are left out; those
    /// that it repeats come once.
    pub(super) fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        // A zone may be a day off, and a clock may go back over midnight.
        let mut date = zone.to_datetime(after).date().checked_sub(1.day()).ok()?;
        let last = self.years.last()?;
        for _ in 0..DAYS {
            if i32::from(date.year()) > *last {
                return None;
            }
            if self.is_on(date) {
                for (hour, minute) in self.hours.iter().flat_map(|h| self.minutes.iter().map(move |m| (h, m)))
                {
                    let (hour, minute) = (i8::try_from(*hour).ok()?, i8::try_from(*minute).ok()?);
                    let time = date.to_datetime(Time::new(hour, minute, 0, 0).ok()?);
                    let found = zone.to_ambiguous_timestamp(time);
                    if matches!(found.offset(), AmbiguousOffset::Gap { .. }) {
                        continue;
                    }
                    let found = found.earlier().ok()?;
                    if found > after {
                        return Some(found);
                    }
                }
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    fn is_on(&self, date: Date) -> bool {
        self.years.contains(&i32::from(date.year()))
            && self.months.contains(&i32::from(date.month()))
            && self.days.iter().any(|day| day.is_of_month(date))
            && self.weekdays.iter().any(|day| day.is_of_week(date))
    }
}

impl Day {
    fn is_of_month(self, date: Date) -> bool {
        let day = i32::from(date.day());
        match self {
            Day::Any => true,
            Day::Number(number) => day == number,
            Day::Last => date == date.last_of_month(),
            Day::Nearest(number) => day == nearest(date, number),
            Day::LastWeekday => {
                let last = i32::from(date.days_in_month());
                day == nearest(date, last)
            }
            Day::LastOf(_) | Day::NthOf(..) => false,
        }
    }

    fn is_of_week(self, date: Date) -> bool {
        let is = |number: i32| i32::from(date.weekday().to_sunday_one_offset()) == number;
        let day = i32::from(date.day());
        match self {
            Day::Any => true,
            Day::Number(number) => is(number),
            Day::Last => is(7),
            Day::LastOf(number) => is(number) && day + 7 > i32::from(date.days_in_month()),
            Day::NthOf(number, nth) => is(number) && (day - 1) / 7 + 1 == nth,
            Day::Nearest(_) | Day::LastWeekday => false,
        }
    }
}

/// The day of the month that is a weekday and nearest to one, in the same month.
fn nearest(date: Date, number: i32) -> i32 {
    let last = i32::from(date.days_in_month());
    let number = number.min(last);
    let Some(day) = i8::try_from(number).ok().and_then(|n| Date::new(date.year(), date.month(), n).ok())
    else {
        return 0;
    };
    match day.weekday() {
        Weekday::Saturday if number == 1 => 3,
        Weekday::Saturday => number - 1,
        Weekday::Sunday if number == last => number - 2,
        Weekday::Sunday => number + 1,
        _ => number,
    }
}

/// A value as a number, or as one of the words for it.
fn number(field: &str, text: &str, least: i32, most: i32, words: &[&str]) -> Result<i32, String> {
    let word = words.iter().position(|word| word.eq_ignore_ascii_case(text));
    let found = match word {
        Some(at) => i32::try_from(at).ok().map(|at| at + least),
        None => text.parse().ok(),
    };
    found
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| format!("{text:?} is none of the {field}, {least} to {most}"))
}

fn numbers(field: &str, text: &str, least: i32, most: i32, words: &[&str]) -> Result<BTreeSet<i32>, String> {
    let mut all = BTreeSet::new();
    for item in text.split(',') {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => {
                let step = step.parse::<i32>().ok().filter(|step| *step > 0);
                (range, Some(step.ok_or_else(|| format!("{item:?} has no number of {field} as its step"))?))
            }
            None => (item, None),
        };
        let (from, to) = match range {
            "*" | "" => (least, most),
            range => match range.split_once('-') {
                Some((from, to)) => {
                    (number(field, from, least, most, words)?, number(field, to, least, most, words)?)
                }
                None => {
                    let from = number(field, range, least, most, words)?;
                    (from, if step.is_some() { most } else { from })
                }
            },
        };
        let step = usize::try_from(step.unwrap_or(1)).unwrap_or(1);
        if from <= to {
            all.extend((from..=to).step_by(step));
        } else {
            // Over the end, such as from Friday to Monday.
            all.extend((from..=most).chain(least..=to).step_by(step));
        }
    }
    Ok(all)
}

fn days_of_month(text: &str) -> Result<Vec<Day>, String> {
    const FIELD: &str = "days of the month";
    let mut all = Vec::new();
    for item in text.split(',') {
        match item {
            "*" | "?" => all.push(Day::Any),
            "L" => all.push(Day::Last),
            "LW" => all.push(Day::LastWeekday),
            item => match item.strip_suffix('W') {
                Some(day) => all.push(Day::Nearest(number(FIELD, day, 1, 31, &[])?)),
                None => all.extend(numbers(FIELD, item, 1, 31, &[])?.into_iter().map(Day::Number)),
            },
        }
    }
    Ok(all)
}

fn days_of_week(text: &str) -> Result<Vec<Day>, String> {
    const FIELD: &str = "days of the week";
    let one = |text: &str| number(FIELD, text, 1, 7, WEEKDAYS);
    let mut all = Vec::new();
    for item in text.split(',') {
        match item {
            "*" | "?" => all.push(Day::Any),
            "L" => all.push(Day::Last),
            item => match (item.split_once('#'), item.strip_suffix('L')) {
                (Some((day, nth)), _) => {
                    all.push(Day::NthOf(one(day)?, number("weeks of a month", nth, 1, 5, &[])?));
                }
                (None, Some(day)) => all.push(Day::LastOf(one(day)?)),
                (None, None) => {
                    all.extend(numbers(FIELD, item, 1, 7, WEEKDAYS)?.into_iter().map(Day::Number))
                }
            },
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The next times of an expression, in its zone.
    fn next(text: &str, after: &str, zone: &str, count: usize) -> Vec<String> {
        let cron = Cron::read(text).unwrap_or_else(|why| panic!("{text}: {why}"));
        let zone = TimeZone::get(zone).unwrap();
        let mut at: Timestamp = after.parse().unwrap();
        let mut all = Vec::new();
        for _ in 0..count {
            let Some(found) = cron.next(at, &zone) else { break };
            all.push(found.to_zoned_datetime(zone.clone()).strftime("%a %Y-%m-%d %H:%M %:z").to_string());
            at = found;
        }
        all
    }

    #[test]
    fn the_examples_of_the_guide() {
        let utc = |text: &str, count| next(text, "2026-03-01T12:00:00Z", "UTC", count);
        assert_eq!(utc("0 10 * * ? *", 2), ["Mon 2026-03-02 10:00 +00:00", "Tue 2026-03-03 10:00 +00:00"]);
        assert_eq!(utc("15 12 * * ? *", 1), ["Sun 2026-03-01 12:15 +00:00"]);
        assert_eq!(utc("0 18 ? * MON-FRI *", 1), ["Mon 2026-03-02 18:00 +00:00"]);
        assert_eq!(utc("0 8 1 * ? *", 1), ["Wed 2026-04-01 08:00 +00:00"]);
        assert_eq!(utc("0/15 * * * ? *", 2), ["Sun 2026-03-01 12:15 +00:00", "Sun 2026-03-01 12:30 +00:00"]);
        assert_eq!(
            utc("0/30 20-2 ? * MON-FRI *", 2),
            ["Mon 2026-03-02 00:00 +00:00", "Mon 2026-03-02 00:30 +00:00"]
        );
        assert_eq!(
            utc("0 0 ? * FRI-MON *", 2),
            ["Mon 2026-03-02 00:00 +00:00", "Fri 2026-03-06 00:00 +00:00"]
        );
    }

    #[test]
    fn days_that_depend_on_the_month() {
        let utc = |text: &str, count| next(text, "2026-01-31T12:00:00Z", "UTC", count);
        assert_eq!(utc("0 9 L * ? *", 2), ["Sat 2026-02-28 09:00 +00:00", "Tue 2026-03-31 09:00 +00:00"]);
        assert_eq!(utc("0 9 LW * ? *", 1), ["Fri 2026-02-27 09:00 +00:00"]);
        // The first is a Sunday, the next a Saturday whose Friday would be of the month before.
        assert_eq!(utc("0 9 1W * ? *", 1), ["Mon 2026-02-02 09:00 +00:00"]);
        assert_eq!(next("0 9 1W 8 ? *", "2026-07-01T00:00:00Z", "UTC", 1), ["Mon 2026-08-03 09:00 +00:00"]);
        assert_eq!(utc("0 9 15W 2 ? *", 1), ["Mon 2026-02-16 09:00 +00:00"]);
        assert_eq!(utc("0 9 ? * 6L *", 2), ["Fri 2026-02-27 09:00 +00:00", "Fri 2026-03-27 09:00 +00:00"]);
        assert_eq!(utc("0 9 ? * THU#2 *", 1), ["Thu 2026-02-12 09:00 +00:00"]);
        assert_eq!(utc("0 9 ? * 2#5 *", 1), ["Mon 2026-03-30 09:00 +00:00"]);
        assert_eq!(utc("0 9 29 2 ? *", 1), ["Tue 2028-02-29 09:00 +00:00"]);
        assert_eq!(utc("0 9 1 1 ? 2020-2025", 1), Vec::<String>::new());
        assert_eq!(utc("0 9 1 1 ? 2199", 1).len(), 1);
        assert_eq!(utc("0 9 31 2 ? *", 1), Vec::<String>::new());
    }

    #[test]
    fn clocks_that_change() {
        let berlin = |text: &str, after| next(text, after, "Europe/Berlin", 3);
        assert_eq!(
            berlin("30 2 * * ? *", "2026-03-27T12:00:00Z"),
            ["Sat 2026-03-28 02:30 +01:00", "Mon 2026-03-30 02:30 +02:00", "Tue 2026-03-31 02:30 +02:00"]
        );
        assert_eq!(
            berlin("30 2 * * ? *", "2026-10-24T12:00:00Z"),
            ["Sun 2026-10-25 02:30 +02:00", "Mon 2026-10-26 02:30 +01:00", "Tue 2026-10-27 02:30 +01:00"]
        );
    }

    #[test]
    fn what_is_none_is_told() {
        for (text, why) in [
            ("* * * * *", "it has 5 fields, and a cron expression has 6"),
            ("0 9 * * * *", "one of the day of the month and the day of the week is `?`, and only one"),
            ("60 9 * * ? *", "\"60\" is none of the minutes, 0 to 59"),
            ("0/0 9 * * ? *", "\"0/0\" has no number of minutes as its step"),
            ("0 9 ? * FUN *", "\"FUN\" is none of the days of the week, 1 to 7"),
        ] {
            assert_eq!(Cron::read(text), Err(why.to_owned()));
        }
    }
}
