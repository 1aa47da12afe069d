//! Time zones: the system's database of TZif files (RFC 9636), and the rule that goes on after its tables.
//!
//! Tables are read once and kept; a table's number is its place, counted from 1.

use std::collections::HashMap;
use std::fs;
use std::sync::{LazyLock, RwLock};

/// A zone's abbreviation, offset east of UTC in seconds, and whether it is summer time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// `CET`.
    pub name: String,
    /// Seconds.
    pub offset: i64,
    /// Summer time.
    pub dst: bool,
}

/// A zone and the time for which it is in effect: from `start` until `end`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The zone.
    pub zone: Zone,
    /// First second.
    pub start: i64,
    /// The second after the last.
    pub end: i64,
}

/// A region's table.
#[derive(Debug)]
pub struct Table {
    zones: Vec<Zone>,
    /// (from when, which zone), ascending.
    changes: Vec<(i64, usize)>,
    rule: Option<Rule>,
}

const MIN: i64 = i64::MIN;
const MAX: i64 = i64::MAX;

static TABLES: LazyLock<RwLock<Tables>> = LazyLock::new(RwLock::default);

#[derive(Default)]
struct Tables {
    list: Vec<&'static Table>,
    by_name: HashMap<String, usize>,
}

const DIRS: [&str; 4] = [
    "/usr/share/zoneinfo",
    "/usr/share/lib/zoneinfo",
    "/usr/lib/locale/TZ",
    "/etc/zoneinfo",
];

/// The number of the table with this name in the database, 0 if there is none.
pub fn load(name: &str) -> usize {
    let zoneinfo = std::env::var("ZONEINFO").ok();
    let dirs = zoneinfo.iter().map(String::as_str).chain(DIRS);
    cached(name, || {
        dirs.into_iter().find_map(|d| read(&format!("{d}/{name}")))
    })
}

/// The number of the table in this file.
pub fn load_file(path: &str) -> usize {
    cached(path, || read(path))
}

fn read(path: &str) -> Option<Table> {
    parse(&fs::read(path).ok()?)
}

fn cached(key: &str, make: impl FnOnce() -> Option<Table>) -> usize {
    if let Some(&id) = TABLES.read().expect("never poisoned").by_name.get(key) {
        return id;
    }
    let Some(table) = make() else { return 0 };
    let mut tables = TABLES.write().expect("never poisoned");
    tables.list.push(Box::leak(Box::new(table)));
    let id = tables.list.len();
    tables.by_name.insert(key.to_owned(), id);
    id
}

/// Table `id`.
pub fn table(id: usize) -> Option<&'static Table> {
    TABLES
        .read()
        .expect("never poisoned")
        .list
        .get(id.wrapping_sub(1))
        .copied()
}

/// The system's zone as the TZ variable has it (None: not set): number and name; 0 is UTC.
pub fn local(tz: Option<&str>) -> (usize, &'static str) {
    let id = match tz {
        None => load_file("/etc/localtime"),
        Some(tz) => match tz.strip_prefix(':').unwrap_or(tz) {
            "" | "UTC" => 0,
            path if path.starts_with('/') => load_file(path),
            name => load(name),
        },
    };
    (id, if id == 0 { "UTC" } else { "Local" })
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (a, b) = self.0.split_at_checked(n)?;
        self.0 = b;
        Some(a)
    }

    fn int(&mut self, n: usize) -> Option<i64> {
        let b = self.take(n)?;
        let first = if b[0] & 0x80 != 0 { -1 } else { 0 };
        Some(b.iter().fold(first, |v, &x| v << 8 | i64::from(x)))
    }
}

/// Reads a TZif file.
pub fn parse(data: &[u8]) -> Option<Table> {
    let mut input = Input(data);
    let (version, counts) = header(&mut input)?;
    if version == 0 {
        return body(&mut input, &counts, 4);
    }
    // The first block is for old readers; the second has times of 8 bytes, and a rule behind it.
    let [utc, std, leap, times, types, chars] = counts;
    input.take(times * 5 + types * 6 + chars + leap * 8 + std + utc)?;
    let (_, counts) = header(&mut input)?;
    let mut table = body(&mut input, &counts, 8)?;
    let rule = input
        .0
        .strip_prefix(b"\n")
        .and_then(|r| r.split(|c| *c == b'\n').next());
    table.rule = rule.and_then(|r| Rule::parse(std::str::from_utf8(r).ok()?));
    Some(table)
}

fn header(input: &mut Input<'_>) -> Option<(u8, [usize; 6])> {
    if input.take(4)? != b"TZif" {
        return None;
    }
    let version = input.take(16)?[0];
    let mut counts = [0; 6];
    for c in &mut counts {
        *c = usize::try_from(input.int(4)?).ok()?;
    }
    Some((version, counts))
}

fn body(input: &mut Input<'_>, counts: &[usize; 6], width: usize) -> Option<Table> {
    let [utc, std, leap, n_times, n_types, n_chars] = *counts;
    let times: Vec<i64> = (0..n_times).map(|_| input.int(width)).collect::<Option<_>>()?;
    let kinds = input.take(n_times)?;
    let types = input.take(n_types * 6)?;
    let names = input.take(n_chars)?;
    input.take(leap * (width + 4) + std + utc)?;
    let zones: Vec<Zone> = types
        .chunks_exact(6)
        .map(|t| {
            let name = names.get(usize::from(t[5])..)?;
            let name = name.split(|c| *c == 0).next()?;
            Some(Zone {
                name: String::from_utf8_lossy(name).into_owned(),
                offset: i32::from_be_bytes([t[0], t[1], t[2], t[3]]).into(),
                dst: t[4] != 0,
            })
        })
        .collect::<Option<_>>()?;
    if zones.is_empty() || kinds.iter().any(|&k| usize::from(k) >= zones.len()) {
        return None;
    }
    let changes = times
        .into_iter()
        .zip(kinds.iter().map(|&k| usize::from(k)))
        .collect();
    Some(Table {
        zones,
        changes,
        rule: None,
    })
}

impl Table {
    /// What is in effect at `at`.
    pub fn lookup(&self, at: i64) -> Span {
        let i = self.changes.partition_point(|c| c.0 <= at);
        if i == 0 {
            return Span {
                zone: self.zones[self.first()].clone(),
                start: MIN,
                end: self.changes.first().map_or(MAX, |c| c.0),
            };
        }
        let (start, kind) = self.changes[i - 1];
        match (self.changes.get(i), &self.rule) {
            (None, Some(rule)) => {
                let mut span = rule.lookup(at);
                span.start = span.start.max(start);
                span
            }
            (next, _) => Span {
                zone: self.zones[kind].clone(),
                start,
                end: next.map_or(MAX, |c| c.0),
            },
        }
    }

    /// The zone before the first change: the first that is not summer time.
    fn first(&self) -> usize {
        if self.changes.iter().all(|c| c.1 != 0) {
            return 0;
        }
        if let Some(&(_, k)) = self.changes.first()
            && self.zones[k].dst
            && let Some(z) = self.zones[..k].iter().rposition(|z| !z.dst)
        {
            return z;
        }
        self.zones.iter().position(|z| !z.dst).unwrap_or(0)
    }

    /// The offset of an abbreviation, preferably as it was in effect at `at` (on the clock of that zone).
    pub fn named(&self, name: &str, at: i64) -> Option<i64> {
        let zones = || self.zones.iter().filter(|z| z.name == name);
        let in_effect = zones().find(|z| self.lookup(at - z.offset).zone.name == name);
        let by_rule = || self.rule.as_ref().and_then(|r| r.named(name));
        in_effect
            .or_else(|| zones().next())
            .map(|z| z.offset)
            .or_else(by_rule)
    }
}

/// A rule as in the TZ variable: `EST5EDT,M3.2.0,M11.1.0`.
#[derive(Debug)]
struct Rule {
    std: Zone,
    dst: Option<(Zone, Day, Day)>,
}

/// A day of the year with a time of that day in seconds.
#[derive(Debug)]
struct Day {
    when: When,
    time: i64,
}

#[derive(Debug)]
enum When {
    /// `Jn`: day 1 to 365, 29 February not counted.
    Julian(i64),
    /// `n`: day 0 to 365.
    DayOfYear(i64),
    /// `Mm.w.d`: weekday d of week w (5: the last) of month m.
    Weekday(i64, i64, i64),
}

impl Rule {
    fn parse(text: &str) -> Option<Rule> {
        let (name, rest) = abbreviation(text)?;
        let (offset, rest) = clock(rest)?;
        let std = Zone {
            name,
            offset: -offset,
            dst: false,
        };
        if rest.is_empty() || rest.starts_with(',') {
            return Some(Rule { std, dst: None });
        }
        let (name, rest) = abbreviation(rest)?;
        let (offset, rest) = match rest.chars().next() {
            Some(',') | None => (std.offset + 3600, rest),
            _ => clock(rest).map(|(o, r)| (-o, r))?,
        };
        let rest = if rest.is_empty() { ",M3.2.0,M11.1.0" } else { rest };
        let (from, rest) = day(rest.strip_prefix(',')?)?;
        let (to, rest) = day(rest.strip_prefix(',')?)?;
        let zone = Zone {
            name,
            offset,
            dst: true,
        };
        rest.is_empty().then_some(Rule {
            std,
            dst: Some((zone, from, to)),
        })
    }

    fn named(&self, name: &str) -> Option<i64> {
        let dst = self.dst.as_ref().map(|d| &d.0);
        std::iter::once(&self.std)
            .chain(dst)
            .find(|z| z.name == name)
            .map(|z| z.offset)
    }

    fn lookup(&self, at: i64) -> Span {
        let Some((dst, from, to)) = &self.dst else {
            return Span {
                zone: self.std.clone(),
                start: MIN,
                end: MAX,
            };
        };
        // The changes of the years around, in order; each lasts until the next.
        let year = year_of(at);
        let mut changes: Vec<(i64, &Zone)> = (year - 1..=year + 1)
            .flat_map(|y| {
                [
                    (from.at(y, self.std.offset), dst),
                    (to.at(y, dst.offset), &self.std),
                ]
            })
            .collect();
        changes.sort_by_key(|c| c.0);
        let i = changes.partition_point(|c| c.0 <= at).max(1);
        Span {
            zone: changes[i - 1].1.clone(),
            start: changes[i - 1].0,
            end: changes.get(i).map_or(MAX, |c| c.0),
        }
    }
}

impl Day {
    /// When it comes in a year, where the clock is `offset` ahead of UTC before it.
    fn at(&self, year: i64, offset: i64) -> i64 {
        let start = days_to(year);
        let leap = days_to(year + 1) - start == 366;
        let day = match self.when {
            When::Julian(n) => n - 1 + i64::from(leap && n >= 60),
            When::DayOfYear(n) => n,
            When::Weekday(month, week, weekday) => {
                let lengths = [31, 28 + i64::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
                let m = month as usize - 1;
                let first: i64 = lengths[..m].iter().sum();
                // 1970-01-01 was a Thursday.
                let first_weekday = (start + first + 4).rem_euclid(7);
                let mut d = (weekday - first_weekday).rem_euclid(7) + (week - 1) * 7;
                while d >= lengths[m] {
                    d -= 7;
                }
                first + d
            }
        };
        (start + day) * 86400 + self.time - offset
    }
}

/// Days from 1970-01-01 to the first day of a year.
fn days_to(year: i64) -> i64 {
    let y = year - 1;
    y * 365 + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) - 719_162
}

/// The year of a time.
fn year_of(at: i64) -> i64 {
    let day = at.div_euclid(86400);
    let mut year = 1970 + day.div_euclid(366);
    while days_to(year + 1) <= day {
        year += 1;
    }
    while days_to(year) > day {
        year -= 1;
    }
    year
}

fn abbreviation(s: &str) -> Option<(String, &str)> {
    if let Some(rest) = s.strip_prefix('<') {
        let (name, rest) = rest.split_once('>')?;
        return Some((name.to_owned(), rest));
    }
    let end = s.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(s.len());
    (end >= 3).then(|| (s[..end].to_owned(), &s[end..]))
}

fn int(s: &str) -> Option<(i64, &str)> {
    let end = s.find(|c: char| !c.is_ascii_digit()).unwrap_or(s.len());
    Some((s[..end].parse().ok()?, &s[end..]))
}

/// `[+-]hh[:mm[:ss]]` in seconds.
fn clock(s: &str) -> Option<(i64, &str)> {
    let (sign, s) = match s.as_bytes().first()? {
        b'-' => (-1, &s[1..]),
        b'+' => (1, &s[1..]),
        _ => (1, s),
    };
    let (hours, mut rest) = int(s)?;
    let mut total = hours * 3600;
    for unit in [60, 1] {
        let Some(r) = rest.strip_prefix(':') else { break };
        let (n, r) = int(r)?;
        total += n * unit;
        rest = r;
    }
    (hours <= 24 * 7).then_some((sign * total, rest))
}

fn day(s: &str) -> Option<(Day, &str)> {
    let (when, rest) = match s.as_bytes().first()? {
        b'J' => {
            let (n, rest) = int(&s[1..])?;
            ((1..=365).contains(&n).then_some(When::Julian(n))?, rest)
        }
        b'M' => {
            let (month, rest) = int(&s[1..])?;
            let (week, rest) = int(rest.strip_prefix('.')?)?;
            let (weekday, rest) = int(rest.strip_prefix('.')?)?;
            let ok = (1..=12).contains(&month) && (1..=5).contains(&week) && weekday < 7;
            (ok.then_some(When::Weekday(month, week, weekday))?, rest)
        }
        _ => {
            let (n, rest) = int(s)?;
            ((0..=365).contains(&n).then_some(When::DayOfYear(n))?, rest)
        }
    };
    let (time, rest) = match rest.strip_prefix('/') {
        Some(r) => clock(r)?,
        None => (2 * 3600, rest),
    };
    Some((Day { when, time }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules() {
        let ny = Rule::parse("EST5EDT,M3.2.0,M11.1.0").expect("a rule");
        // 2024-03-10 07:00 UTC and 2024-11-03 06:00 UTC.
        let summer = ny.lookup(1_710_054_000);
        assert_eq!(
            (summer.zone.name.as_str(), summer.start, summer.end),
            ("EDT", 1_710_054_000, 1_730_613_600)
        );
        assert_eq!(ny.lookup(1_710_053_999).zone.name, "EST");
        let fixed = Rule::parse("<+0330>-3:30").expect("a rule");
        assert_eq!(fixed.lookup(0).zone.offset, 12_600);
        assert!(Rule::parse("X").is_none());
    }

    #[test]
    fn years() {
        assert_eq!(days_to(1970), 0);
        assert_eq!(days_to(2000), 10_957);
        for at in [0, -1, 951_782_400, 4_102_444_800, -62_135_596_800] {
            let y = year_of(at);
            assert!(days_to(y) * 86400 <= at && at < days_to(y + 1) * 86400);
        }
    }
}
