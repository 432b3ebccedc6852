"""SMS over SMPP 3.4 ("Short Message Peer to Peer Protocol Specification v3.4", issue 1.2).

From the wire up: `pdu` (the octets), `session` (one connection), `link` (one connection after
another, always bound), `sms` (the port). `status` and `receipt` translate what the SMSC says.

The codec is our own: of the libraries, none let a receipt be answered after it was written down.
`docs/how-to/connect-smpp.md` says how to connect one.
"""
