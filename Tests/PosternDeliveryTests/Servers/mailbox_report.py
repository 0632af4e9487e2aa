"""Parses the mails of a maildir with Python's own mail library and reports them as JSON."""

import email
import email.policy
import json
import mailbox
import sys


def report(path):
    """One dictionary for each mail, in the order of their Message-ID."""
    mails = []
    for raw in mailbox.Maildir(path, factory=None, create=True):
        data = raw.as_bytes()
        parsed = email.message_from_bytes(data, policy=email.policy.default)
        lines = data.split(b"\n")
        mails.append(
            {
                "defects": [str(defect) for part in parsed.walk() for defect in part.defects]
                + [str(defect) for _, value in parsed.items() for defect in value.defects],
                "headers": {name: str(value) for name, value in parsed.items()},
                "names": parsed.keys(),
                "type": parsed.get_content_type(),
                "parts": [
                    {"type": part.get_content_type(), "text": part.get_content()}
                    for part in parsed.iter_parts()
                ],
                "longest": max(len(line) for line in lines),
                "ascii": all(byte < 128 for byte in data),
            }
        )
    mails.sort(key=lambda mail: mail["headers"].get("Message-ID", ""))
    return mails


def answer_questions(path, before=lambda: None):
    """Answers each line on standard input with a report; returns when the asking process is gone."""
    for line in sys.stdin:
        if line.strip() == "mails":
            before()
            print(json.dumps(report(path)), flush=True)
