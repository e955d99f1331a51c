//! Conditions: of condition blocks, and of choices that are shown only sometimes.

use crate::field::{List, record};

record! {
    /// Comparisons joined by one operator.
    Condition {
        /// `AND` (the default) or `OR`.
        logical_operator: String,
        /// What is compared; none: the condition fails.
        comparisons: List<Comparison>,
    }

    /// One comparison of a variable with a text.
    Comparison {
        /// The comparison's id.
        id: String,
        /// The variable on the left.
        variable_id: String,
        /// How the sides are compared, as the file spells it: `Equal to`, ….
        comparison_operator: String,
        /// The right side, before variables are put in.
        value: String,
    }

    /// When a choice is shown.
    DisplayCondition {
        /// Whether the condition counts at all.
        is_enabled: bool,
        /// The condition.
        condition: Condition,
    }
}
