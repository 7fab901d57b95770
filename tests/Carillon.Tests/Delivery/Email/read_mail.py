"""Reads mails from stdin (each after its length, four bytes, big-endian) and prints what Python's email package
sees in each, one JSON object a line. It knows nothing of Carillon: that is what it is for."""
import base64
import email
import email.policy
import json
import sys
from email.header import decode_header, make_header
from email.utils import getaddresses


def addresses(raw):
    # not header.addresses: before Python 3.13 it puts spaces between the encoded words of a name (bpo-35547)
    unfolded = raw.replace("\r\n", "")
    return [[str(make_header(decode_header(name))), address] for name, address in getaddresses([unfolded])]


def filename(p):
    # not p.get_filename(), which takes <> off a name
    header = p["Content-Disposition"]
    return header.params.get("filename") if header else None


def part(p):
    return {
        "type": p.get_content_type(),
        "headers": list(p.keys()),
        "charset": p.get_content_charset(),
        "disposition": p.get_content_disposition(),
        "filename": filename(p),
        "payload": base64.b64encode(p.get_payload(decode=True)).decode(),
    }


def tree(p):
    if not p.is_multipart():
        return p.get_content_type()
    return "%s(%s)" % (p.get_content_type(), ", ".join(tree(c) for c in p.iter_parts()))


def read(raw):
    if raw.isascii():
        mail = email.message_from_bytes(raw, policy=email.policy.default)
    else:  # a mail with SMTPUTF8 headers
        mail = email.message_from_string(raw.decode("utf-8"), policy=email.policy.default)
    parts = list(mail.walk())
    defects = [repr(d) for p in parts for d in p.defects]
    # filename* comes with a plain filename for old readers, on purpose
    defects += [repr(d) for p in parts for h in p.values() for d in h.defects
                if str(d) != "duplicate parameter name; duplicate ignored"]
    return {
        "headers": [[k, str(v)] for k, v in mail.items()],
        "addresses": {k.lower(): addresses(v) for k, v in mail.raw_items() if k.lower() in ("from", "to", "reply-to")},
        "tree": tree(mail),
        "parts": [part(p) for p in parts if not p.is_multipart()],
        "defects": defects,
    }


while True:
    head = sys.stdin.buffer.read(4)
    if len(head) < 4:
        break
    print(json.dumps(read(sys.stdin.buffer.read(int.from_bytes(head, "big")))))
