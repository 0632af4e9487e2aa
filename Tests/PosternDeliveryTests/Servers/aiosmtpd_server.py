"""A real SMTP server (aiosmtpd) on a loopback port of its own, spooling into a maildir.

Usage: aiosmtpd_server.py MAILDIR MODE [CERTIFICATE KEY]
MODE: plain, starttls, starttls-login (AUTH LOGIN only) or tls. Prints the port; ends with its standard input.
"""

import asyncio
import logging
import mailbox
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

import mailbox_report

spool, mode = sys.argv[1:3]
# What the tests provoke on purpose need not be on their output.
warnings.simplefilter("ignore")
logging.disable()


class Spool:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody.here@"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("later@"):
            return "450 4.2.1 mailbox busy"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server, session, envelope):
        mailbox.Maildir(spool, create=True).add(envelope.content)
        return "250 2.0.0 kept"


def authenticate(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (
        b"postern",
        "correct horse bättery".encode(),
    )
    # "Handled" would mean that the answer has been given already.
    return AuthResult(success=good, handled=good)


settings = {"hostname": "localhost"}
implicit = None
if mode != "plain":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*sys.argv[3:5])
    settings |= {"authenticator": authenticate, "auth_required": True}
    if mode == "tls":
        # The server does not count TLS from the first byte as TLS when it decides whether to offer AUTH.
        implicit = context
        settings |= {"auth_require_tls": False}
    else:
        settings |= {"tls_context": context, "require_starttls": True}
    if mode == "starttls-login":
        settings |= {"auth_exclude_mechanism": ["PLAIN"]}


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Spool(), loop=loop, **settings), "127.0.0.1", 0, ssl=implicit
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, mailbox_report.answer_questions, spool)


asyncio.run(main())
