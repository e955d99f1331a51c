"""A mailbox that refuses some recipients, so that senders can be tested."""

from aiosmtpd.handlers import Mailbox


class Choosy(Mailbox):
    """Takes everyone but `refused@...`, and `later@...` not before it is asked again."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.asked = set()

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        # A sender that signs in finds out that it may not, without TLS.
        session.host_name = hostname
        return [*responses[:-1], "250-AUTH PLAIN", responses[-1]]

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        name = address.partition("@")[0]
        if name == "refused":
            return "550 5.1.1 No such mailbox here"
        if name == "later" and address not in self.asked:
            self.asked.add(address)
            return "451 4.2.0 Come back later"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 OK"
