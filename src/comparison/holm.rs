//! Several tests at once: Holm's step-down keeps the false-alarm rate of the family, whatever the
//! dependence between the tests (Holm 1979).

/// Which of the hypotheses are rejected, at a family false-alarm rate α: the i-th smallest of K
/// p-values (from 0) is held against α/(K − i), and the first that passes ends the list.
pub fn rejected(p_values: &[f64], alpha: f64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut rejected = vec![false; p_values.len()];
    for (rank, &test) in order.iter().enumerate() {
        if p_values[test] > alpha / (p_values.len() - rank) as f64 {
            break;
        }
        rejected[test] = true;
    }
    rejected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_ends_at_the_first_that_passes() {
        // 0.01 ≤ 0.05/4, 0.013 ≤ 0.05/3, 0.03 > 0.05/2, and 0.04 is not looked at
        let rejected = rejected(&[0.03, 0.01, 0.04, 0.013], 0.05);
        assert_eq!(rejected, [false, true, false, true]);
    }
}
