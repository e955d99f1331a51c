//! Calls that are no actions: inputs are opened and accept replies, fields list their choices,
//! webhooks take requests, old options are brought up to date. Each runs in the same sandbox as an
//! action, under the same grants, within limits of its own.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use talkloom_manifest::Interface;

use crate::calls::{self, Budget, Whose, action_budget, enter, find_action, prepare, usage};
use crate::egress::Renewed;
use crate::guest::{Accept, ListChoices, MigrateOptions, Open, Receive};
use crate::redact::Redactor;
use crate::state::Session;
use crate::{
    BlockCall, Choice, Failure, Installed, Opened, Outcome, Received, Runtime, WebhookCall, wire,
};

impl Runtime {
    /// Prepares the input that a call names.
    ///
    /// # Errors
    /// Why the input cannot be shown.
    pub async fn open_input(&self, call: BlockCall) -> Result<Opened, Failure> {
        let installed = self.behind_input(&call)?;
        let limits = &self.shared.settings.limits;
        let budget = action_budget(&installed.manifest, limits, false);
        let (ready, request, checks) = prepare(&self.shared, &installed, call, budget).await?;
        let (answer, logs) = enter(&self.shared, &installed, ready, Open(request)).await?;
        let opened = answer.map_err(|failure| wire::failure(failure, &checks.redactor))?;
        if opened.kept.len() > limits.kept_bytes || opened.shown.len() > limits.outcome_bytes {
            return Err(Failure::BadOutput(format!(
                "it shows more than {} KiB or keeps more than {} KiB.",
                limits.outcome_bytes >> 10,
                limits.kept_bytes >> 10
            )));
        }
        Ok(Opened {
            shown: wire::json(&opened.shown, &checks.redactor)?,
            kept: wire::json(&opened.kept, &checks.redactor)?,
            logs: checks.logs(logs),
        })
    }

    /// Gives a visitor's reply to the input that a call names; `kept` is what opening it kept.
    ///
    /// # Errors
    /// Why the reply does not count.
    pub async fn accept_input(
        &self,
        call: BlockCall,
        kept: &Value,
        reply: String,
    ) -> Result<Outcome, Failure> {
        let installed = self.behind_input(&call)?;
        let limits = &self.shared.settings.limits;
        if reply.len() > limits.options_bytes {
            return Err(Failure::TooLarge("The reply is too long.".into()));
        }
        let budget = action_budget(&installed.manifest, limits, false);
        let (ready, request, checks) = prepare(&self.shared, &installed, call, budget).await?;
        let accept = Accept(request, kept.to_string(), reply);
        let (answer, logs) = enter(&self.shared, &installed, ready, accept).await?;
        checks.outcome(answer, logs)
    }

    /// Lists what a field of an action's options can be set to. The field is a path of the options'
    /// schema: `model`, `cells/*/column`.
    ///
    /// # Errors
    /// Why there is no list.
    pub async fn choices(&self, call: BlockCall, field: &str) -> Result<Vec<Choice>, Failure> {
        let installed = self.handler(&call.block_type, call.digest.as_deref())?;
        let action = find_action(&installed.manifest, &call)?;
        if !action.has_choices(field) {
            return Err(Failure::Other(format!(
                "The block lists nothing for the field “{field}”."
            )));
        }
        let limits = &self.shared.settings.limits;
        let budget = self.brief(&installed, limits.choices_cpu);
        let (ready, request, checks) = prepare(&self.shared, &installed, call, budget).await?;
        let list = ListChoices(field.to_owned(), request);
        let (answer, _) = enter(&self.shared, &installed, ready, list).await?;
        match answer {
            Ok(listed) => wire::choices(listed, limits, &checks.redactor),
            Err(failure) => Err(wire::failure(failure, &checks.redactor)),
        }
    }

    /// Gives a request from outside to a block's webhook.
    ///
    /// # Errors
    /// Why it was not taken; [`Failure::Denied`] where it is not signed as it should be.
    pub async fn receive(&self, call: WebhookCall) -> Result<Received, Failure> {
        let installed = self.handler(&call.block_type, None)?;
        if installed.manifest.webhook(&call.webhook).is_none() {
            return Err(Failure::Other(format!(
                "The block has no webhook “{}”.",
                call.webhook
            )));
        }
        let shared = &self.shared;
        let limits = &shared.settings.limits;
        if call.request.body.len() > limits.request_bytes {
            return Err(Failure::TooLarge("The request is too large.".into()));
        }
        let turn = shared.turns.take(&installed.turns, &call.workspace).await?;
        let budget = self.brief(&installed, limits.webhook_cpu);
        let injector = Arc::new(calls::injector(&installed, call.credential.as_ref())?);
        let redactor = Arc::new(calls::redactor(&injector));
        let credential = call.credential.as_ref();
        let receive = Receive(
            call.webhook,
            wire::webhook_request(call.request),
            credential.map(|credential| wire::credential(credential, injector.fields())),
        );
        let whose = Whose {
            workspace: &call.workspace,
            ..Whose::default()
        };
        let keys = (&injector, &redactor);
        let renewed = Renewed::default();
        let http = calls::http_session(shared, &installed, whose, keys, (None, budget), renewed);
        let session = Session {
            workspace: call.workspace,
            bot: String::new(),
            http,
            injector,
            redactor: redactor.clone(),
            live: None,
            credential: call.credential,
            abilities: call.abilities,
        };
        let ready = calls::ready(shared, &installed, session, turn, budget);
        let (answer, logs) = enter(shared, &installed, ready, receive).await?;
        match answer {
            Ok(received) => wire::received(received, logs, limits.outcome_bytes, &redactor),
            Err(failure) => Err(wire::failure(failure, &redactor)),
        }
    }

    /// Brings options that an older version of a block saved up to date. Options of a block that
    /// has nothing to say to this stay as they are.
    ///
    /// # Errors
    /// Why they cannot be used with the version that is installed.
    pub async fn migrate(
        &self,
        block_type: &str,
        from_version: &str,
        action: &str,
        options: &Value,
    ) -> Result<Value, Failure> {
        let installed = self.handler(block_type, None)?;
        let provides = &installed.manifest.provides;
        if !provides.contains(&Interface::Migrate) || installed.manifest.version == from_version {
            return Ok(options.clone());
        }
        let shared = &self.shared;
        let limits = &shared.settings.limits;
        calls::check_size(options, limits)?;
        let budget = self.brief(&installed, limits.choices_cpu);
        let turn = shared.turns.take_nested(&installed.turns).await?;
        let nothing = Arc::new(Redactor::default());
        let injector = Arc::default();
        let (whose, keys) = (Whose::default(), (&injector, &nothing));
        let renewed = Renewed::default();
        let http = calls::http_session(shared, &installed, whose, keys, (None, budget), renewed);
        let session = Session {
            workspace: String::new(),
            bot: String::new(),
            http,
            injector,
            redactor: nothing.clone(),
            live: None,
            credential: None,
            abilities: None,
        };
        let migrate = MigrateOptions(
            from_version.to_owned(),
            action.to_owned(),
            options.to_string(),
        );
        let ready = calls::ready(shared, &installed, session, turn, budget);
        let (answer, _) = enter(shared, &installed, ready, migrate).await?;
        let migrated = answer.map_err(|failure| wire::failure(failure, &nothing))?;
        if migrated.len() > limits.options_bytes {
            return Err(Failure::BadOutput(
                "it makes the settings too large.".into(),
            ));
        }
        wire::json(&migrated, &nothing)
    }

    /// The component behind an input.
    fn behind_input(&self, call: &BlockCall) -> Result<Arc<Installed>, Failure> {
        let installed = self.handler(&call.block_type, call.digest.as_deref())?;
        let action = find_action(&installed.manifest, call)?;
        if !action.input {
            return Err(Failure::UnknownAction {
                block_type: call.block_type.clone(),
                action: call.action.clone(),
            });
        }
        Ok(installed)
    }

    fn brief(&self, installed: &Installed, cpu: Duration) -> Budget {
        let limits = &self.shared.settings.limits;
        let (memory_bytes, usual) = usage(&installed.manifest, limits);
        Budget {
            memory_bytes,
            cpu: cpu.min(usual),
            wall: limits.brief_wall,
            streams: false,
        }
    }
}
