//! Which addresses may be connected to.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use super::{AddressClass, EgressError, Resolve, classify};
use crate::settings::Egress;

/// Ports of services that do not speak HTTP and could be talked to by accident or on purpose.
const REFUSED_PORTS: &[u16] = &[
    22, 23, 25, 53, 110, 143, 389, 445, 465, 587, 636, 993, 995, 1433, 2049, 3306, 3389, 5432,
    5900, 6379, 6667, 11211, 27017,
];

/// Ports of mail servers that take mail from programs.
const MAIL_PORTS: &[u16] = &[25, 465, 587, 2525];

/// Which addresses may be connected to.
pub(crate) struct Policy {
    exceptions: Egress,
    resolver: Arc<dyn Resolve>,
    resolve_timeout: Duration,
    pub(super) connect_timeout: Duration,
}

impl Policy {
    pub(crate) fn new(
        exceptions: Egress,
        resolver: Arc<dyn Resolve>,
        resolve_timeout: Duration,
        connect_timeout: Duration,
    ) -> Self {
        Self {
            exceptions,
            resolver,
            resolve_timeout,
            connect_timeout,
        }
    }

    /// The addresses of a host that may be connected to. A name of which any address is out of
    /// bounds is refused as a whole, save for exact addresses that the operator lists.
    pub(crate) async fn addresses(
        &self,
        host: &str,
        port: u16,
    ) -> Result<Vec<SocketAddr>, EgressError> {
        let found = self.found(host, port).await?;
        let listed = self.listed(&found);
        if !listed.is_empty() {
            return Ok(listed);
        }
        if REFUSED_PORTS.contains(&port) && found.iter().all(|found| self.admits(found.ip())) {
            return Err(EgressError::Denied(format!(
                "Requests to port {port} are not allowed."
            )));
        }
        self.admitted(host, found)
    }

    /// The addresses of a mail server that may be connected to, at the ports of mail servers.
    pub(crate) async fn mail_addresses(
        &self,
        host: &str,
        port: u16,
    ) -> Result<Vec<SocketAddr>, EgressError> {
        let found = self.found(host, port).await?;
        let listed = self.listed(&found);
        if !listed.is_empty() {
            return Ok(listed);
        }
        if !MAIL_PORTS.contains(&port) {
            return Err(EgressError::Denied(format!(
                "The port {port} is none of a mail server. Use 587 or 465."
            )));
        }
        self.admitted(host, found)
    }

    async fn found(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, EgressError> {
        let found = match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) => vec![address],
            Err(_) => self.resolve(host).await?,
        };
        let with_port = found.into_iter().map(|ip| SocketAddr::new(ip, port));
        Ok(with_port.collect())
    }

    /// Exact addresses that the operator lists.
    fn listed(&self, found: &[SocketAddr]) -> Vec<SocketAddr> {
        let listed = found.iter().copied();
        listed
            .filter(|address| self.exceptions.allow.contains(address))
            .collect()
    }

    fn admitted(&self, host: &str, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, EgressError> {
        if !found.iter().all(|address| self.admits(address.ip())) {
            return Err(EgressError::Denied(format!(
                "Requests to {host} are not allowed: its address is not public. An administrator can permit it in the settings of the server."
            )));
        }
        Ok(found)
    }

    fn admits(&self, address: IpAddr) -> bool {
        match classify(address) {
            AddressClass::Public => true,
            AddressClass::Private => self
                .exceptions
                .private_ranges
                .iter()
                .any(|range| range.contains(&address)),
            AddressClass::Forbidden => false,
        }
    }

    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, EgressError> {
        let unknown = || EgressError::Unreachable(format!("The host {host} was not found."));
        let looked_up = tokio::time::timeout(self.resolve_timeout, self.resolver.resolve(host))
            .await
            .map_err(|_| EgressError::TimedOut(format!("Looking up {host} took too long.")))?;
        let found = looked_up.map_err(|error: io::Error| {
            tracing::debug!(%host, %error, "name not resolved");
            unknown()
        })?;
        if found.is_empty() {
            Err(unknown())
        } else {
            Ok(found)
        }
    }
}
