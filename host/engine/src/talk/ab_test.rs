//! A/B tests: a branch by chance.

use super::Talk;
use super::walk::Flowing;
use crate::turn::Refusal;
use talkloom_flow::logic::{AbTestItem, AbTestOptions};
use talkloom_flow::{Field, List};

impl Talk {
    pub(super) async fn ab_test(
        &mut self,
        options: Option<&AbTestOptions>,
        items: &Field<List<AbTestItem>>,
    ) -> Result<Flowing, Refusal> {
        let edge_of = |path: &str| {
            items
                .items()
                .find(|item| item.path.text() == path)
                .and_then(|item| item.outgoing_edge_id.filled())
        };
        let percent = options
            .and_then(|options| options.a_percent.get()?.as_f64())
            .unwrap_or(50.0);
        let takes_a = self.mailbox.random().await? * 100.0 < percent;
        let edge = edge_of("a").filter(|_| takes_a).or_else(|| edge_of("b"));
        Ok(edge.map_or(Flowing::On, |edge| Flowing::along(Some(edge))))
    }
}
