//! Where the shots of a sketch stand in a drawing, in columns and rows of no particular unit.
//!
//! Shots that need each other form a group. Within a group a shot stands to the right of all it needs, and arrows that
//! pass over columns get a lane of their own, so they never run through another shot. A group with more columns than
//! the drawing is folded into bands, like lines of text. Groups follow one another in film order, also like text.

use std::collections::BTreeMap;

use super::settle::{PreferredPosition, apart};
use super::sketch::Sketch;

/// A place in the drawing: the middle of a shot or of a lane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spot {
    /// The column, from the left.
    pub(super) col: usize,
    /// The row, from the top; shots in one column are at least one row apart.
    pub(super) row: f64,
}

/// The way of one arrow.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Route {
    /// Index among the sketch's valid arrows.
    pub(super) arrow: usize,
    /// The giving shot, the lanes it passes, the taking shot.
    pub(super) stops: Vec<Stop>,
}

/// A place on the way of an arrow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stop {
    /// The place.
    pub(super) spot: Spot,
    /// How the arrow comes here when it has to return to the left edge first.
    pub(super) turn: Option<Turn>,
}

/// The way of an arrow between two bands of a folded group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Turn {
    /// The row along which it returns.
    pub(super) row: f64,
    /// How many other arrows return above it.
    pub(super) rank: usize,
}

/// A drawing of shots and ways.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    /// A place for each shot.
    pub(super) spots: Vec<Spot>,
    /// A way for each arrow.
    pub(super) routes: Vec<Route>,
    /// Columns used.
    pub(super) cols: usize,
    /// Rows used.
    pub(super) rows: f64,
}

/// Rows between two bands of a folded group, and what each arrow that runs there adds.
const GUTTER: f64 = 0.24;
/// See [`GUTTER`].
const GUTTER_LANE: f64 = 0.1;
/// How much of a row a lane needs.
const LANE: f64 = 0.4;
/// How much a lane pulls at what is near it, where a shot pulls with 1: chains stay straight and lanes make way.
const LANE_PULL: f64 = 0.001;

/// Lays `sketch` out in at most `max_cols` columns.
pub(super) fn lay(sketch: &Sketch, max_cols: usize) -> Layout {
    let arrows: Vec<(usize, usize)> = sketch.valid_arrows().map(|arrow| (arrow.from, arrow.to)).collect();
    let depths = depths(sketch.nodes.len(), &arrows);
    let mut layout =
        Layout { spots: vec![Spot { col: 0, row: 0.0 }; sketch.nodes.len()], routes: Vec::new(), cols: 0, rows: 0.0 };
    let mut left = 0;
    let mut top = 0.0;
    for shots in groups(sketch.nodes.len(), &arrows) {
        let group = Group::new(&shots, &arrows, &depths, max_cols);
        if left + group.cols > max_cols {
            (left, top) = (0, layout.rows);
        }
        group.put(&mut layout, left, top);
        left += group.cols;
    }
    layout.routes.sort_by_key(|route| route.arrow);
    layout
}

/// For each shot the length of the longest way to it. A shot that needs nothing stands just before its first taker.
fn depths(shots: usize, arrows: &[(usize, usize)]) -> Vec<usize> {
    let mut waits = vec![0_usize; shots];
    let mut takers = vec![Vec::new(); shots];
    for &(from, to) in arrows {
        waits[to] += 1;
        takers[from].push(to);
    }
    let roots: Vec<usize> = (0..shots).filter(|&shot| waits[shot] == 0).collect();
    let mut depths = vec![0; shots];
    let mut ready = roots.clone();
    while let Some(shot) = ready.pop() {
        for &taker in &takers[shot] {
            depths[taker] = depths[taker].max(depths[shot] + 1);
            waits[taker] -= 1;
            if waits[taker] == 0 {
                ready.push(taker);
            }
        }
    }
    for root in roots {
        let first = takers[root].iter().map(|&taker| depths[taker]).min().unwrap_or(1_usize);
        depths[root] = first.saturating_sub(1);
    }
    depths
}

/// The shots that are joined by arrows, group by group, each in film order.
fn groups(shots: usize, arrows: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut head: Vec<usize> = (0..shots).collect();
    for &(from, to) in arrows {
        let a = group_head(&head, from);
        let b = group_head(&head, to);
        head[a.max(b)] = a.min(b);
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for shot in 0..shots {
        groups.entry(group_head(&head, shot)).or_default().push(shot);
    }
    groups.into_values().collect()
}

/// The first shot of the group of `shot`, where `head` leads every shot to an earlier one of its group.
fn group_head(head: &[usize], mut shot: usize) -> usize {
    while head[shot] != shot {
        shot = head[shot];
    }
    shot
}

/// What stands in a column of a group: a shot, or one step of an arrow that passes.
struct Item {
    depth: usize,
    row: f64,
    /// How much of a row it needs.
    size: f64,
    before: Vec<usize>,
    after: Vec<usize>,
}

impl Item {
    fn pull(&self) -> f64 {
        if self.size < 1.0 { LANE_PULL } else { 1.0 }
    }
}

/// One group, laid out by itself.
struct Group {
    items: Vec<Item>,
    /// For each depth its items from top to bottom.
    layers: Vec<Vec<usize>>,
    /// For each shot of the film in this group its item.
    of_shot: BTreeMap<usize, usize>,
    /// For each arrow its items.
    ways: Vec<(usize, Vec<usize>)>,
    /// Columns in one band.
    cols: usize,
}

impl Group {
    fn new(shots: &[usize], arrows: &[(usize, usize)], depths: &[usize], max_cols: usize) -> Self {
        let least = shots.iter().map(|&shot| depths[shot]).min().unwrap_or(0);
        let most = shots.iter().map(|&shot| depths[shot]).max().unwrap_or(0);
        let layers = most - least + 1;
        // Bands of equal length: six columns in a drawing of five become two bands of three.
        let cols = layers.div_ceil(layers.div_ceil(max_cols));
        let mut group = Self {
            items: Vec::new(),
            layers: vec![Vec::new(); layers],
            of_shot: BTreeMap::new(),
            ways: Vec::new(),
            cols,
        };
        for &shot in shots {
            let item = group.add(depths[shot] - least, 1.0);
            group.of_shot.insert(shot, item);
        }
        for (n, (from, to)) in arrows.iter().enumerate() {
            if let (Some(&from), Some(&to)) = (group.of_shot.get(from), group.of_shot.get(to)) {
                group.lead(n, from, to);
            }
        }
        group.order();
        group.space();
        group
    }

    fn add(&mut self, depth: usize, size: f64) -> usize {
        let item = self.items.len();
        let row = self.layers[depth].len() as f64;
        self.items.push(Item { depth, row, size, before: Vec::new(), after: Vec::new() });
        self.layers[depth].push(item);
        item
    }

    /// Leads arrow `n` over the columns between its shots.
    fn lead(&mut self, n: usize, from: usize, to: usize) {
        let mut way = vec![from];
        for depth in self.items[from].depth + 1..self.items[to].depth {
            way.push(self.add(depth, LANE));
        }
        way.push(to);
        for step in way.windows(2) {
            self.items[step[0]].after.push(step[1]);
            self.items[step[1]].before.push(step[0]);
        }
        self.ways.push((n, way));
    }

    /// Sorts each column by the rows of its neighbours, forth and back, so that few arrows cross.
    fn order(&mut self) {
        for sweep in 0..6 {
            let forth = sweep % 2 == 0;
            for n in 0..self.layers.len() {
                let depth = if forth { n } else { self.layers.len() - 1 - n };
                let mut layer = std::mem::take(&mut self.layers[depth]);
                layer.sort_by(|&a, &b| {
                    self.preferred_position(a, forth).total_cmp(&self.preferred_position(b, forth)).then(a.cmp(&b))
                });
                for (row, &item) in layer.iter().enumerate() {
                    self.items[item].row = row as f64;
                }
                self.layers[depth] = layer;
            }
        }
    }

    /// Moves the items of each column towards their neighbours without changing their order.
    fn space(&mut self) {
        for sweep in 0..8 {
            let forth = sweep % 2 == 0;
            for n in 0..self.layers.len() {
                let depth = if forth { n } else { self.layers.len() - 1 - n };
                let layer = self.layers[depth].clone();
                let preferred: Vec<PreferredPosition> = layer.iter().map(|&item| self.stand(item, forth)).collect();
                for (item, row) in layer.into_iter().zip(apart(&preferred)) {
                    self.items[item].row = row;
                }
            }
        }
    }

    fn stand(&self, item: usize, forth: bool) -> PreferredPosition {
        PreferredPosition {
            row: self.preferred_position(item, forth),
            size: self.items[item].size,
            pull: self.items[item].pull(),
        }
    }

    /// Where an item would like to be: in the middle of its neighbours on one side.
    fn preferred_position(&self, item: usize, forth: bool) -> f64 {
        let item = &self.items[item];
        let near = if forth { &item.before } else { &item.after };
        if near.is_empty() {
            return item.row;
        }
        let (sum, pull) = near.iter().fold((0.0, 0.0), |(sum, pull), &n| {
            let own = self.items[n].pull();
            (sum + self.items[n].row * own, pull + own)
        });
        sum / pull
    }

    /// Puts this group into `layout` with its corner at `left` and `top`.
    fn put(&self, layout: &mut Layout, left: usize, mut top: f64) {
        let mut stops = vec![Stop { spot: Spot { col: 0, row: 0.0 }, turn: None }; self.items.len()];
        let mut turns = Vec::new();
        for (band, layers) in self.layers.chunks(self.cols).enumerate() {
            let items: Vec<usize> = layers.iter().flatten().copied().collect();
            let mut upper = f64::INFINITY;
            let mut lower = f64::NEG_INFINITY;
            for &item in &items {
                let Item { row, size, .. } = self.items[item];
                upper = upper.min(row - size / 2.0);
                lower = lower.max(row + size / 2.0);
            }
            for &item in &items {
                let Item { depth, row, .. } = self.items[item];
                stops[item].spot = Spot { col: left + depth % self.cols, row: top + row - upper };
            }
            top += lower - upper;
            layout.rows = layout.rows.max(top);
            let next = (band + 1) * self.cols;
            let mut rank = 0;
            for (&a, b) in items.iter().flat_map(|a| self.items[*a].after.iter().map(move |b| (a, *b))) {
                if self.items[b].depth >= next {
                    turns.push(((a, b), Turn { row: top + GUTTER / 2.0 + GUTTER_LANE * rank as f64, rank }));
                    rank += 1;
                }
            }
            top += GUTTER + GUTTER_LANE * rank as f64;
        }
        for (&shot, &item) in &self.of_shot {
            layout.spots[shot] = stops[item].spot;
        }
        let turns: BTreeMap<(usize, usize), Turn> = turns.into_iter().collect();
        for (arrow, way) in &self.ways {
            let mut route = Vec::with_capacity(way.len());
            let mut before = None;
            for &item in way {
                let turn = before.and_then(|before| turns.get(&(before, item)).copied());
                route.push(Stop { turn, ..stops[item] });
                before = Some(item);
            }
            layout.routes.push(Route { arrow: *arrow, stops: route });
        }
        layout.cols = layout.cols.max(left + self.cols);
    }
}

/// For each shot the arrows that reach it, from top to bottom.
pub(super) fn arrivals(layout: &Layout, takers: &[usize]) -> Vec<Vec<usize>> {
    let mut arrivals = vec![Vec::new(); layout.spots.len()];
    for route in &layout.routes {
        let height = match route.stops[..] {
            // An arrow that returns from the right edge comes from above.
            [.., Stop { turn: Some(turn), .. }] => turn.row,
            [.., before, _] => before.spot.row,
            _ => continue,
        };
        arrivals[takers[route.arrow]].push((height, route.arrow));
    }
    let mut in_order = Vec::with_capacity(arrivals.len());
    for mut near in arrivals {
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        in_order.push(near.into_iter().map(|(_, arrow)| arrow).collect());
    }
    in_order
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::sketch::{LinkReason, ShotKind, samples};
    use super::*;

    fn film(shots: usize, arrows: &[(usize, usize)]) -> Sketch {
        let ids: Vec<String> = (0..shots).map(|n| format!("s{n}")).collect();
        let shots: Vec<_> = ids.iter().map(|id| (id.as_str(), "", ShotKind::Prompt, "")).collect();
        let arrows: Vec<_> = arrows.iter().map(|&(from, to)| (from, to, LinkReason::LastFrame)).collect();
        samples::sketch("", &shots, &arrows)
    }

    fn at(layout: &Layout) -> Vec<(usize, f64)> {
        layout.spots.iter().map(|spot| (spot.col, (spot.row * 100.0).round() / 100.0)).collect()
    }

    #[test]
    fn a_diamond_is_symmetric() {
        let layout = lay(&film(4, &[(0, 1), (0, 2), (1, 3), (2, 3)]), 5);
        assert_eq!(at(&layout), [(0, 1.0), (1, 0.5), (1, 1.5), (2, 1.0)]);
        assert_eq!((layout.cols, layout.rows), (3, 2.0));
    }

    #[test]
    fn groups_flow_like_words_and_long_chains_fold_evenly() {
        let layout = lay(&film(4, &[(0, 1)]), 3);
        assert_eq!(at(&layout), [(0, 0.5), (1, 0.5), (2, 0.5), (0, 1.5)]);
        let layout = lay(&film(6, &[(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]), 5);
        assert_eq!(at(&layout), [(0, 0.5), (1, 0.5), (2, 0.5), (0, 1.84), (1, 1.84), (2, 1.84)]);
    }

    #[test]
    fn an_arrow_over_columns_has_a_lane() {
        let layout = lay(&film(3, &[(0, 1), (1, 2), (0, 2)]), 5);
        let long = &layout.routes[2];
        assert_eq!(long.stops.len(), 3);
        assert!((long.stops[1].spot.row - layout.spots[1].row).abs() >= f64::midpoint(1.0, LANE) - 1e-9);
    }

    #[test]
    fn a_shot_that_needs_nothing_stands_before_its_taker() {
        let layout = lay(&film(4, &[(0, 1), (1, 2), (3, 2)]), 5);
        assert_eq!(layout.spots[3].col, 1);
    }

    #[test]
    fn no_two_shots_share_a_place_and_broken_graphs_end() {
        let comb: Vec<_> = (1..200).flat_map(|n| [(n / 3, n), (n / 7, n)]).filter(|(a, b)| a != b).collect();
        let places: BTreeSet<_> = at(&lay(&film(200, &comb), 5)).iter().map(|place| format!("{place:?}")).collect();
        assert_eq!(places.len(), 200);
        assert_eq!(lay(&film(2, &[(0, 1), (1, 0)]), 5).spots.len(), 2);
        assert!(lay(&film(0, &[]), 5).spots.is_empty());
    }
}
