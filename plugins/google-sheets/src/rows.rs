//! Walks through a sheet's rows page by page and keeps what matches, never more than a page.

use std::borrow::Cow;

use talkloom_block::{Failure, random};

use crate::api::{Api, Sheet};
use crate::filter::Filter;
use crate::header::Header;
use crate::options::Total;
use crate::page;

/// Cells of one page, which is about a megabyte.
const CELLS_PER_PAGE: usize = 100_000;
/// Pages of one call: the host gives twenty requests, and others are needed too.
const MAX_PAGES: u32 = 12;
/// What variables can take, in bytes, is about this.
const MAX_KEPT: usize = 900 << 10;
/// The first row below the header.
const FIRST_ROW: u32 = 2;

/// What is looked for.
pub struct Search<'s> {
    /// Which rows count; none: all.
    pub filter: Option<Filter>,
    /// How many of them.
    pub total: Total,
    /// The columns whose cells are kept, in any order.
    pub columns: Vec<usize>,
    /// The names of all columns.
    pub header: &'s Header,
}

/// A row that matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it stands; the header is row 1.
    pub number: u32,
    /// Its cells, in the order of [`Search::columns`].
    pub cells: Vec<String>,
}

impl Search<'_> {
    /// The rows that match, from the top.
    pub fn run(&self, api: &Api, sheet: &Sheet) -> Result<Vec<Found>, Failure> {
        let plan = self.plan();
        let mut picked = Picked::new(self.total);
        let mut rows = Rows { next: FIRST_ROW };
        let page_rows = page_rows(plan.width(), sheet.rows);
        let mut first = FIRST_ROW;
        while first <= sheet.rows && !picked.is_enough() {
            let last = sheet.rows.min(first.saturating_add(page_rows - 1));
            let answer = api.page(sheet, plan.span, (first, last))?;
            page::each_row(&answer, &plan.within, |row, cells| {
                rows.up_to(first + row, |number| {
                    self.look(number, &plan, &plan.blank, &mut picked);
                });
                self.look(first + row, &plan, cells, &mut picked);
            })?;
            picked.check()?;
            first = last + 1;
        }
        Ok(picked.found)
    }

    fn look(&self, number: u32, plan: &Plan, cells: &[Cow<'_, str>], picked: &mut Picked) {
        let matches = |filter: &Filter| filter.matches(|column| &cells[plan.place(column)]);
        if !picked.is_enough() && self.filter.as_ref().is_none_or(matches) {
            picked.offer(number, || {
                let cell = |column: &usize| cells[plan.place(*column)].to_string();
                self.columns.iter().map(cell).collect()
            });
        }
    }

    /// Only the columns that matter are read, unless a row that is empty in them could count:
    /// then whole rows, because they tell where the sheet's data ends.
    fn plan(&self) -> Plan {
        let of_filter = self.filter.iter().flat_map(Filter::columns);
        let mut wanted: Vec<_> = self.columns.iter().copied().chain(of_filter).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let empty_counts = self
            .filter
            .as_ref()
            .is_none_or(|filter| filter.matches(|_| ""));
        let whole = (0, self.header.width().saturating_sub(1));
        let span = match (wanted.first(), wanted.last()) {
            (Some(first), Some(last)) if !empty_counts => (*first, *last),
            _ => whole,
        };
        Plan {
            within: wanted.iter().map(|column| column - span.0).collect(),
            blank: vec![Cow::Borrowed(""); wanted.len()],
            wanted,
            span,
        }
    }
}

/// What is read of each row.
struct Plan {
    /// The columns of the sheet, sorted.
    wanted: Vec<usize>,
    /// The same within the columns that are read.
    within: Vec<usize>,
    /// The columns that are read: the first and the last.
    span: (usize, usize),
    /// A row without anything.
    blank: Vec<Cow<'static, str>>,
}

impl Plan {
    fn width(&self) -> usize {
        self.span.1 - self.span.0 + 1
    }

    /// Where a wanted column stands among the cells of a row.
    fn place(&self, column: usize) -> usize {
        self.wanted.binary_search(&column).unwrap_or_default()
    }
}

/// Which row comes next. The service leaves out empty rows at a page's end: they count if a later
/// row holds something.
struct Rows {
    next: u32,
}

impl Rows {
    fn up_to(&mut self, row: u32, mut blank: impl FnMut(u32)) {
        (self.next..row).for_each(&mut blank);
        self.next = row + 1;
    }
}

fn page_rows(width: usize, rows: u32) -> u32 {
    let usual = u32::try_from(CELLS_PER_PAGE / width.max(1)).unwrap_or(u32::MAX);
    usual.max(rows.div_ceil(MAX_PAGES)).max(1)
}

/// The rows that were found, and which of them count.
struct Picked {
    total: Total,
    found: Vec<Found>,
    seen: u64,
    bytes: usize,
    chance: Option<Chance>,
}

impl Picked {
    fn new(total: Total) -> Self {
        Self {
            total,
            found: Vec::new(),
            seen: 0,
            bytes: 0,
            chance: None,
        }
    }

    /// Nothing that follows can change what was found, or nothing more can be kept.
    fn is_enough(&self) -> bool {
        self.bytes > MAX_KEPT || (self.total == Total::First && !self.found.is_empty())
    }

    fn offer(&mut self, number: u32, cells: impl FnOnce() -> Vec<String>) {
        self.seen += 1;
        match self.total {
            Total::All | Total::First => {}
            Total::Last => self.found.clear(),
            // Each row that was seen is as likely as any other.
            Total::Random => {
                let chance = self.chance.get_or_insert_with(Chance::draw);
                if chance.below(self.seen) > 0 {
                    return;
                }
                self.found.clear();
            }
        }
        let cells = cells();
        if self.total == Total::All {
            self.bytes += cells.iter().map(|cell| cell.len() + 4).sum::<usize>();
        }
        self.found.push(Found { number, cells });
    }

    fn check(&self) -> Result<(), Failure> {
        if self.bytes > MAX_KEPT {
            return Err(Failure::other(format!(
                "The rows that match hold more than {} KiB, which is too much for variables. \
                 Narrow the filter, or extract fewer columns.",
                MAX_KEPT >> 10
            )));
        }
        Ok(())
    }
}

/// Random numbers from one draw of the host's, which gives but few bytes.
struct Chance(u64);

impl Chance {
    fn draw() -> Self {
        let bytes = random::bytes(8);
        Self(
            bytes
                .iter()
                .fold(0, |seed, byte| seed << 8 | u64::from(*byte)),
        )
    }

    /// A number below another (splitmix64).
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{self, Comparison};

    fn search(comparisons: &[(&str, &str)], columns: Vec<usize>, header: &Header) -> Plan {
        let comparisons = comparisons.iter().map(|(column, operator)| Comparison {
            column: Some((*column).to_owned()),
            comparison_operator: Some((*operator).to_owned()),
            value: Some("x".to_owned()),
        });
        let filter = options::Filter {
            logical_operator: None,
            comparisons: comparisons.collect(),
        };
        let has_filter = !filter.comparisons.is_empty();
        let search = Search {
            filter: has_filter.then(|| Filter::new(&filter, header)),
            total: Total::All,
            columns,
            header,
        };
        search.plan()
    }

    #[test]
    fn only_what_matters_is_read() {
        let header = Header::of(["A", "B", "C", "D", "E"]);
        let plan = search(&[("D", "Equal to")], vec![2, 1, 2], &header);
        assert_eq!((plan.span, plan.width()), ((1, 3), 3));
        assert_eq!((plan.wanted, plan.within), (vec![1, 2, 3], vec![0, 1, 2]));
        // An empty row could count: where the data ends has to be known.
        for comparisons in [vec![("D", "Is empty")], vec![("D", "Not equal")], vec![]] {
            let plan = search(&comparisons, vec![1], &header);
            assert_eq!(plan.span, (0, 4), "{comparisons:?}");
        }
    }

    #[test]
    fn pages_are_few_and_not_large() {
        assert_eq!(page_rows(20, 50_001), 5_000);
        assert_eq!(page_rows(1, 1_000), 100_000);
        assert_eq!(page_rows(20, 1_200_000), 100_000);
        assert_eq!(page_rows(200_000, 10), 1);
    }

    #[test]
    fn empty_rows_count_once_something_follows() {
        let (mut rows, mut blank) = (Rows { next: 2 }, Vec::new());
        rows.up_to(2, |number| blank.push(number));
        rows.up_to(5, |number| blank.push(number));
        rows.up_to(6, |number| blank.push(number));
        assert_eq!(blank, [3, 4]);
    }

    #[test]
    fn any_row_is_as_likely_as_another() {
        let mut times = [0; 5];
        for seed in 0..2_000 {
            let mut picked = Picked::new(Total::Random);
            picked.chance = Some(Chance(seed));
            for number in 0..5 {
                picked.offer(number, Vec::new);
            }
            times[picked.found[0].number as usize] += 1;
            assert_eq!(picked.found.len(), 1);
        }
        assert!(
            times.iter().all(|count| (330..470).contains(count)),
            "{times:?}"
        );
    }

    #[test]
    fn little_is_kept_of_what_is_found() {
        let pick = |total| {
            let mut picked = Picked::new(total);
            for number in 2..10 {
                if !picked.is_enough() {
                    picked.offer(number, || vec![number.to_string()]);
                }
            }
            let numbers = picked.found.iter().map(|found| found.number);
            numbers.collect::<Vec<_>>()
        };
        assert_eq!(pick(Total::All), [2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(pick(Total::First), [2]);
        assert_eq!(pick(Total::Last), [9]);
        let mut picked = Picked::new(Total::All);
        picked.offer(2, || vec!["x".repeat(MAX_KEPT)]);
        assert!(picked.is_enough() && picked.check().is_err());
    }
}
