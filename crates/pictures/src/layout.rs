//! Where the nodes of a graph lie: linked ones near to each other, all others apart
//! (Fruchterman & Reingold 1991), the long side across.

/// A point of the plane.
pub type Point = (f64, f64);

/// Steps of the relaxation.
const STEPS: usize = 500;

/// The places of `nodes` nodes with these links, in a box of this size, `margin` away from its edges,
/// and the height that they take of it. The same for the same graph.
pub fn layout(
    nodes: usize,
    links: &[(usize, usize)],
    size: Point,
    margin: f64,
) -> (Vec<Point>, f64) {
    let mut places = circle(nodes, links);
    for step in 0..STEPS {
        let most = 0.3 * (1.0 - step as f64 / STEPS as f64).powi(2) + 1e-3;
        relax(&mut places, links, most);
    }
    turn(&mut places);
    fit(&mut places, size, margin);
    separate(&mut places, 0.9 * margin);
    let height = settle(&mut places, size, margin);
    (places, height)
}

/// Pushes points apart that are nearer to each other than this.
fn separate(places: &mut [Point], least: f64) {
    for _ in 0..STEPS {
        let mut is_still = true;
        for a in 0..places.len() {
            for b in a + 1..places.len() {
                let (dx, dy) = (places[a].0 - places[b].0, places[a].1 - places[b].1);
                let distance = dx.hypot(dy);
                if distance >= least {
                    continue;
                }
                is_still = false;
                let (dx, dy) = if distance > 0.0 {
                    (dx / distance, dy / distance)
                } else {
                    (1.0, 0.0)
                };
                let push = 0.5 * (least - distance) + 1e-3;
                places[a] = (places[a].0 + push * dx, places[a].1 + push * dy);
                places[b] = (places[b].0 - push * dx, places[b].1 - push * dy);
            }
        }
        if is_still {
            return;
        }
    }
}

/// Moves the points to the middle of the box from its top down, narrower where they reach beyond its sides;
/// returns the height that is used.
fn settle(places: &mut [Point], (width, _): Point, margin: f64) -> f64 {
    let ends = |coordinate: fn(&Point) -> f64, places: &[Point]| {
        super::scale::range(places.iter().map(coordinate)).unwrap_or((0.0, 0.0))
    };
    let (x, y) = (ends(|p| p.0, places), ends(|p| p.1, places));
    let narrow = ((width - 2.0 * margin) / (x.1 - x.0).max(1e-9)).min(1.0);
    for place in places.iter_mut() {
        *place = (
            width / 2.0 + narrow * (place.0 - (x.0 + x.1) / 2.0),
            margin + place.1 - y.0,
        );
    }
    y.1 - y.0 + 2.0 * margin
}

/// All on a circle, each as near as may be to those that it is linked with: in the order of a search
/// in breadth.
fn circle(nodes: usize, links: &[(usize, usize)]) -> Vec<Point> {
    let mut order: Vec<usize> = Vec::with_capacity(nodes);
    let mut seen = vec![false; nodes];
    for root in 0..nodes {
        let mut next = order.len();
        if !std::mem::replace(&mut seen[root], true) {
            order.push(root);
        }
        while let Some(&at) = order.get(next) {
            next += 1;
            for &(a, b) in links.iter().filter(|link| link.0 == at || link.1 == at) {
                let other = if a == at { b } else { a };
                if !std::mem::replace(&mut seen[other], true) {
                    order.push(other);
                }
            }
        }
    }
    let mut places = vec![(0.0, 0.0); nodes];
    let radius = 0.2 * nodes as f64;
    for (i, &node) in order.iter().enumerate() {
        let angle = std::f64::consts::TAU * i as f64 / nodes as f64;
        places[node] = (radius * angle.cos(), radius * angle.sin());
    }
    places
}

/// One step, of at most this length for each node; links want to have length 1.
fn relax(places: &mut [Point], links: &[(usize, usize)], most: f64) {
    let mut forces = vec![(0.0, 0.0); places.len()];
    let mut push = |a: usize, b: usize, strength: &dyn Fn(f64) -> f64| {
        let (dx, dy) = (places[a].0 - places[b].0, places[a].1 - places[b].1);
        let distance = dx.hypot(dy).max(1e-6);
        let force = strength(distance) / distance;
        forces[a] = (forces[a].0 + dx * force, forces[a].1 + dy * force);
        forces[b] = (forces[b].0 - dx * force, forces[b].1 - dy * force);
    };
    for a in 0..places.len() {
        for b in a + 1..places.len() {
            push(a, b, &|distance| 1.0 / distance);
        }
    }
    for &(a, b) in links {
        push(a, b, &|distance| -distance * distance);
    }
    for (place, (fx, fy)) in places.iter_mut().zip(forces) {
        let length = fx.hypot(fy).max(1e-9);
        let step = length.min(most) / length;
        // towards the middle, so that what is not linked does not drift away
        *place = (0.999 * place.0 + fx * step, 0.999 * place.1 + fy * step);
    }
}

/// Turns the points so that they are spread widest across.
fn turn(places: &mut [Point]) {
    let count = places.len().max(1) as f64;
    let (sx, sy) = places
        .iter()
        .fold((0.0, 0.0), |sum, p| (sum.0 + p.0, sum.1 + p.1));
    let mean = (sx / count, sy / count);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for place in places.iter_mut() {
        *place = (place.0 - mean.0, place.1 - mean.1);
        xx += place.0 * place.0;
        xy += place.0 * place.1;
        yy += place.1 * place.1;
    }
    let angle = 0.5 * f64::atan2(2.0 * xy, xx - yy);
    let (cos, sin) = (angle.cos(), angle.sin());
    // the first node stands on the left
    let flip = places.first().is_some_and(|p| cos * p.0 + sin * p.1 > 0.0);
    let sign = if flip { -1.0 } else { 1.0 };
    for place in places.iter_mut() {
        let (x, y) = *place;
        *place = (sign * (cos * x + sin * y), sign * (cos * y - sin * x));
    }
}

/// Stretches the points into the box, both directions on their own, but links no longer than they need be.
fn fit(places: &mut [Point], (width, height): Point, margin: f64) {
    /// The most that a link of length 1 is stretched to.
    const LONGEST: f64 = 110.0;
    let ends = |coordinate: fn(&Point) -> f64, places: &[Point]| {
        let coordinates = places.iter().map(coordinate);
        super::scale::range(coordinates).unwrap_or((0.0, 0.0))
    };
    let (x, y) = (ends(|p| p.0, places), ends(|p| p.1, places));
    let stretch = |(low, high): (f64, f64), size: f64| {
        let span = (high - low).max(1e-9);
        ((size - 2.0 * margin) / span).min(LONGEST)
    };
    let (across, down) = (stretch(x, width), stretch(y, height));
    for place in places.iter_mut() {
        *place = (
            (place.0 - (x.0 + x.1) / 2.0) * across,
            (place.1 - y.0) * down,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::layout;

    #[test]
    fn nodes_are_apart_within_the_box_and_always_the_same() {
        let links: Vec<(usize, usize)> = (0..20).map(|i| (i, (i + 1) % 21)).collect();
        let (places, height) = layout(21, &links, (600.0, 300.0), 20.0);
        assert_eq!(places, layout(21, &links, (600.0, 300.0), 20.0).0);
        assert!(height <= 300.0 + 1e-9, "{height}");
        for (i, a) in places.iter().enumerate() {
            assert!((19.9..=580.1).contains(&a.0), "{a:?}");
            assert!((19.9..=280.1).contains(&a.1), "{a:?}");
            let apart = |b: &(f64, f64)| (a.0 - b.0).hypot(a.1 - b.1) > 10.0;
            assert!(places[i + 1..].iter().all(apart));
        }
        // all linked with all: the links would draw them onto each other
        let links: Vec<(usize, usize)> =
            (0..10).flat_map(|a| (0..a).map(move |b| (a, b))).collect();
        let (places, _) = layout(10, &links, (700.0, 400.0), 54.0);
        for (i, a) in places.iter().enumerate() {
            let apart = |b: &(f64, f64)| (a.0 - b.0).hypot(a.1 - b.1) > 48.0;
            assert!(places[i + 1..].iter().all(apart), "{places:?}");
        }
        assert_eq!(layout(0, &[], (600.0, 300.0), 20.0).0, []);
        assert!(layout(1, &[], (600.0, 300.0), 20.0).0[0].0.is_finite());
    }
}
