"""A full mail server (Exim) on a loopback port of its own, delivering into a maildir.

Usage: exim_server.py FOLDER CERTIFICATE KEY
Each connection gets an Exim process of its own, as from inetd: none outlives its connection, and there is
no daemon. Works as root and as any other user. Prints the port; ends with its standard input.
"""

import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import sys
import threading

import mailbox_report

folder = pathlib.Path(sys.argv[1])
certificate, key = sys.argv[2:4]
user = "Debian-exim" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
maildir = folder / "mail"
configuration = folder / "exim.conf"
for part in ("spool", "log", "mail", "mail/new", "mail/cur", "mail/tmp"):
    (folder / part).mkdir(exist_ok=True)
    if os.getuid() == 0:
        shutil.chown(folder / part, user)
configuration.write_text(
    f"""
exim_user = {user}
exim_group = {pwd.getpwnam(user).pw_gid}
never_users =
keep_environment =
primary_hostname = localhost
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
notifier_socket =
host_lookup =
rfc1413_hosts =
pipelining_advertise_hosts = *
tls_advertise_hosts = *
tls_certificate = {certificate}
tls_privatekey = {key}
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
acl_smtp_rcpt = rcpt
acl_smtp_data = accept_all
queue_only = true
message_size_limit = 50K
begin acl
rcpt:
  deny local_parts = nobody.here
       message = 5.1.1 no such mailbox
  defer local_parts = later
       message = 4.2.1 mailbox busy
  accept authenticated = *
  deny message = 5.7.1 sign in first
accept_all:
  accept
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{postern}}}}{{eq{{$auth3}}{{correct horse bättery}}}}}}}}
  server_set_id = $auth2
begin routers
all:
  driver = accept
  transport = files
begin transports
files:
  driver = appendfile
  directory = {maildir}
  maildir_format
  create_directory
  user = {user}
"""
)
configuration.chmod(0o600 if os.getuid() == 0 else 0o644)
exim = ["exim4", "-C", str(configuration)]
listener = socket.create_server(("127.0.0.1", 0))
children = []


def serve():
    while True:
        connection, _ = listener.accept()
        children.append(
            subprocess.Popen(
                exim + ["-bs"], stdin=connection, stdout=connection, stderr=subprocess.DEVNULL
            )
        )
        connection.close()


def deliver():
    subprocess.run(exim + ["-qff"], check=True, stderr=subprocess.DEVNULL)


threading.Thread(target=serve, daemon=True).start()
print(listener.getsockname()[1], flush=True)
mailbox_report.answer_questions(maildir, before=deliver)
for child in children:
    child.terminate()
    child.wait()
